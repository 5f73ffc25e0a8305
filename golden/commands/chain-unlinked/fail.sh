trustc inspect pki/hamburg-chain-with-stray.pem --now 2026-07-01
