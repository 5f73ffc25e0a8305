printf 'apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {name: plant}\nspec:\n  profile: quickstart\n' > trust.yaml
printf '  root: {privateKey: {rotationPolicy: Never}}\n' >> trust.yaml
trustc check trust.yaml --rehearse --now 2026-07-01
