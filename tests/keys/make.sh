#!/usr/bin/env bash
# Makes the private keys of this folder with OpenSSL 3, in every form people have them. They protect nothing.
set -euo pipefail
cd "$(dirname "$0")"
rm -f ./*.pem ./*.der ./*.p12
openssl genrsa -traditional -out pkcs1.pem 1024
openssl rsa -in pkcs1.pem -traditional -outform DER -out pkcs1.der
openssl ecparam -name prime256v1 -genkey -noout -out sec1.pem
openssl ecparam -name prime256v1 -genkey -out sec1-with-parameters.pem
openssl ec -in sec1.pem -outform DER -out sec1.der
openssl pkcs8 -topk8 -nocrypt -in sec1.pem -out pkcs8.pem
openssl pkcs8 -topk8 -nocrypt -in pkcs1.pem -outform DER -out pkcs8.der
openssl pkcs8 -topk8 -in pkcs1.pem -passout pass:x -out encrypted-pkcs8.pem
openssl pkcs8 -topk8 -in pkcs1.pem -passout pass:x -outform DER -out encrypted-pkcs8.der
openssl rsa -in pkcs1.pem -traditional -aes128 -passout pass:x -out encrypted-pkcs1.pem
openssl req -x509 -new -key sec1.pem -subj /CN=x -out certificate.tmp
openssl pkcs12 -export -inkey sec1.pem -in certificate.tmp -passout pass:x -out store.p12
ssh-keygen -q -t ed25519 -N '' -C '' -f openssh.pem
rm -f certificate.tmp openssh.pem.pub
