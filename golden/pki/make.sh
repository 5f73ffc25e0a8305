#!/usr/bin/env bash
# Makes every certificate of this folder that is not there yet with OpenSSL 3, and throws all keys away: to add one under
# a CA, add the whole family. To make all anew, delete the files; the fingerprints change, and with them the goldens.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# certificate NAME ISSUER|self KEY DIGEST FROM TO EXTENSIONS SUBJECT
certificate() {
  local name=$1 issuer=$2 key=$3 digest=$4 from=$5 to=$6 extensions=$7 subject=$8 sign
  if [ -e "$out/$name.pem" ]; then return; fi
  case $key in
    rsa*) openssl genrsa -out "$name.key" "${key#rsa}" 2>/dev/null ;;
    p256) openssl ecparam -name prime256v1 -genkey -noout -out "$name.key" ;;
    p384) openssl ecparam -name secp384r1 -genkey -noout -out "$name.key" ;;
    ed25519) openssl genpkey -algorithm ed25519 -out "$name.key" ;;
  esac
  openssl req -new -utf8 -key "$name.key" -subj "$subject" -out "$name.csr"
  : >index.txt
  openssl rand -hex 16 >serial
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\npolicy=p\nunique_subject=no\nrand_serial=yes\n[p]\ncommonName=optional\norganizationName=optional\ncountryName=optional\n[x]\n%b\n' "$extensions" >ca.cnf
  if [ "$issuer" = self ]; then sign=(-selfsign -keyfile "$name.key"); else sign=(-cert "$issuer.pem" -keyfile "$issuer.key"); fi
  if [ "$key" = ed25519 ]; then digest=default; fi
  # Without extensions the certificate is one of X.509 version 1.
  if [ -n "$extensions" ]; then sign+=(-extensions x); fi
  openssl ca -batch -config ca.cnf "${sign[@]}" -in "$name.csr" -out "$name.pem" -notext -md "$digest" \
    -startdate "$from" -enddate "$to" -preserveDN -utf8 2>log || { cat log; exit 1; }
  cp "$name.pem" "$out/$name.pem"
}

ca='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash'
sub="$ca\nauthorityKeyIdentifier=keyid"

certificate corp-root-2019 self rsa4096 sha256 20190101000000Z 20381231235959Z "$ca" '/C=DE/O=Corp/CN=Corp Root CA 2019'
certificate corp-root-2026 self p384 sha384 20260101000000Z 20451231235959Z "$ca" '/C=DE/O=Corp/CN=Corp Root CA 2026'
certificate hamburg-issuing-ca corp-root-2026 p256 sha256 20260201000000Z 20360131235959Z "$sub" '/C=DE/O=Corp/CN=Hamburg Issuing CA'
certificate server hamburg-issuing-ca p256 sha256 20260301000000Z 20351231235959Z 'basicConstraints=CA:FALSE\nsubjectAltName=DNS:aio-broker' '/CN=aio-broker'
certificate root-ed25519 self ed25519 sha256 20260101000000Z 20451231235959Z "$ca" '/O=Corp/CN=Ed25519 Root'
certificate root-expired self p256 sha256 20160101000000Z 20251231235959Z "$ca" '/O=Corp/CN=Expired Root'
certificate root-ends-soon self p256 sha256 20160101000000Z 20260815235959Z "$ca" '/O=Corp/CN=Root that ends soon'
certificate root-future self p256 sha256 20270101000000Z 20461231235959Z "$ca" '/O=Corp/CN=Root of tomorrow'
certificate root-no-cert-sign self p256 sha256 20260101000000Z 20451231235959Z 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\nsubjectKeyIdentifier=hash' '/O=Corp/CN=Root that may not sign'
certificate root-rsa1024 self rsa1024 sha256 20260101000000Z 20451231235959Z "$ca" '/O=Corp/CN=Root with a short key'
certificate root-rsa2048 self rsa2048 sha256 20260101000000Z 20451231235959Z "$ca" '/O=Corp/CN=Root of common length'
certificate root-sha1 self rsa3072 sha1 20160101000000Z 20351231235959Z "$ca" '/O=Corp/CN=Root signed with SHA-1'
certificate intermediate-sha1 corp-root-2019 rsa3072 sha1 20200101000000Z 20351231235959Z "$sub" '/O=Corp/CN=Intermediate signed with SHA-1'
certificate root-v1 self rsa3072 sha256 20260101000000Z 20451231235959Z '' '/O=Corp/CN=Root of version 1'
# A name that would end a YAML comment, move a terminal's cursor or look like a directive, if anybody let it.
certificate root-hostile-name self p256 sha256 20260101000000Z 20451231235959Z "$ca" "/O=Corp: \"#{{ \$X/CN=a$(printf '\xe2\x80\xa8')b: yes"

# The name of a root with another key: what is in the bundle after the wrong root of two generations was taken.
certificate impostor-root self p384 sha384 20260101000000Z 20451231235959Z "$ca" '/C=DE/O=Corp/CN=Corp Root CA 2026'
# A root that allows no CA below it, with one below it.
certificate short-path-root self p256 sha256 20260101000000Z 20451231235959Z 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash' '/O=Corp/CN=Root with a short path'
certificate short-path-issuing-ca short-path-root p256 sha256 20260101000000Z 20401231235959Z "$sub" '/O=Corp/CN=CA below a short path'
# CAs for the names of an office, and for all names but those.
certificate office-root self p256 sha256 20260101000000Z 20451231235959Z "$ca" '/O=Corp/CN=Office Root'
certificate office-issuing-ca office-root p256 sha256 20260101000000Z 20401231235959Z "$sub\nnameConstraints=critical,permitted;DNS:corp.example,permitted;IP:10.0.0.0/255.0.0.0" '/O=Corp/CN=Office Issuing CA'
certificate plant-issuing-ca office-root p256 sha256 20260101000000Z 20401231235959Z "$sub\nnameConstraints=critical,excluded;DNS:corp.example" '/O=Corp/CN=Plant Issuing CA'
# A new key under an old name, signed by the old key: it names itself as its issuer and is none.
certificate rollover-old self p256 sha256 20260101000000Z 20451231235959Z 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign' '/O=Corp/CN=Rollover Root'
certificate rollover-link rollover-old p256 sha256 20260101000000Z 20451231235959Z 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign' '/O=Corp/CN=Rollover Root'
# Everything that `inspect` can show, under a CA of its own.
certificate shown-root self rsa3072 sha256 20260101000000Z 20451231235959Z "$ca\ncrlDistributionPoints=URI:http://crl.corp.example/root.crl\ncertificatePolicies=1.2.3.4" '/C=DE/O=Corp/CN=Shown Root'
certificate shown-server shown-root p256 sha256 20260301000000Z 20351231235959Z 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nauthorityInfoAccess=OCSP;URI:http://ocsp.corp.example\nsubjectAltName=DNS:aio-broker,IP:10.0.0.1,IP:fd00::1,URI:spiffe://corp/broker,email:a@corp.example' '/CN=aio-broker'
# As large as cert-manager reads; and more blocks than it reads.
certificate big-root self p256 sha256 20260101000000Z 20451231235959Z "$ca\n1.2.3.4=DER:04828900$(head -c 35072 /dev/zero | od -An -v -tx1 | tr -d ' \n')" '/O=Corp/CN=Root of 35 kB'
if [ ! -e "$out/many-blocks.pem" ]; then
  for _ in $(seq 1001); do printf -- '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'; done >"$out/many-blocks.pem"
fi

[ -e "$out/hamburg-chain.pem" ] && exit
openssl x509 -in corp-root-2026.pem -outform DER -out "$out/corp-root-2026.der"
cat hamburg-issuing-ca.pem corp-root-2026.pem >"$out/hamburg-chain.pem"
cat corp-root-2019.pem corp-root-2026.pem >"$out/both-roots.pem"
cat corp-root-2026.pem hamburg-issuing-ca.pem >"$out/hamburg-chain-reversed.pem"
cat hamburg-issuing-ca.pem corp-root-2026.pem corp-root-2019.pem >"$out/hamburg-chain-with-stray.pem"
{ printf '# Corp Root CA 2026, valid until 2045\nhanded over by the PKI team\n\n'; cat corp-root-2026.pem; } >"$out/described-root.pem"
openssl crl2pkcs7 -nocrl -certfile corp-root-2026.pem -out "$out/pkcs7.pem"
openssl x509 -in corp-root-2019.pem -trustout -addtrust serverAuth -out "$out/trusted.pem"
cp hamburg-issuing-ca.csr "$out/request.pem"
