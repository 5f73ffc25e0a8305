trustc inspect pki/root-ends-soon.pem --now 2026-07-01 --fail-if-expires-within 60d
