{
  printf 'apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec: {profile: quickstart}\n'
} > org.yaml
{
  printf 'apiVersion: trustc.dev/v1alpha1\nkind: TrustFleet\nmetadata: {name: plants}\nspec:\n'
  printf '  extends: org.yaml\n  sites:\n    inLine:\n'
  seq 1001 | sed 's/.*/    - {name: plant-&}/'
} > fleet.yaml
trustc check fleet.yaml
