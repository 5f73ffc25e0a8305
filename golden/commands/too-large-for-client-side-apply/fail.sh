{
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: roots, namespace: edge-apps}\n'
  printf 'data: {ca.crt: "%0270000d"}\n' 0
} | trustc check -
