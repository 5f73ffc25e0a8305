trustc inspect pki/hamburg-chain.pem --now 2026-07-01
