{
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: edge}\ndata:\n'
  printf '  list: "'
  printf '%01000d' 0 | sed 's/0/0,/g'
  printf '"\n'
} > one.yaml
trustc check one.yaml
