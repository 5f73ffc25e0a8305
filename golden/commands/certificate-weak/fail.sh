trustc inspect pki/root-rsa1024.pem --now 2026-07-01
