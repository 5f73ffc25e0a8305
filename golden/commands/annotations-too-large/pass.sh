{
  printf 'apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {name: plant}\nspec:\n  profile: quickstart\n'
  printf '  annotations: {example.com/note: "%0258032d"}\n' 0
} | trustc check -
