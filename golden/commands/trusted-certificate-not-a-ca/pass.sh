{
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: roots, namespace: edge-apps}\ndata:\n  ca.crt: |\n'
  sed 's/^/    /' pki/corp-root-2026.pem
} | trustc inspect - --now 2026-07-01
