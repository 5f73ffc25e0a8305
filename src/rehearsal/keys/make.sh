#!/usr/bin/env bash
# Makes the RSA keys that stand-ins of CAs are rehearsed with. They protect nothing: what they sign never leaves the program.
set -euo pipefail
cd "$(dirname "$0")"
for key in 2048:6 3072:4 4096:4; do
  for n in $(seq 1 "${key#*:}"); do
    file="rsa-${key%:*}-$n.der"
    [ -e "$file" ] || openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${key%:*}" | openssl pkcs8 -topk8 -nocrypt -outform DER -out "$file"
  done
done
