trustc inspect pki/corp-root-2026.pem --now 2026-07-01
