trustc inspect pki/root-expired.pem --now 2026-07-01
