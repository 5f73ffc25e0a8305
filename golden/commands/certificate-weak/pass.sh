trustc inspect pki/root-rsa2048.pem --now 2026-07-01
