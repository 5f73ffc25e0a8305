{
  cat pki/corp-root-2026.pem
  printf '%080d\n' 0
} > root.pem
{
  printf 'apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {name: plant}\nspec:\n'
  printf '  profile: byo-issuer\n  issuer: {existing: {}}\n  anchors: [{name: root, file: root.pem}]\n'
} > trust.yaml
trustc check trust.yaml --now 2026-07-01
