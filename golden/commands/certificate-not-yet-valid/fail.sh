trustc inspect pki/root-future.pem --now 2026-07-01
