# byo-key-vault
# The identity that reads Key Vault kv-plant-hamburg.
az role assignment create --assignee 11111111-2222-3333-4444-555555555555 --role "Key Vault Reader" --scope <key-vault-id>
az role assignment create --assignee 11111111-2222-3333-4444-555555555555 --role "Key Vault Secrets User" --scope <key-vault-id>
az identity federated-credential create --name byo-key-vault-trust --identity-name <identity> -g <resource-group> --issuer <oidc-issuer-url> --subject system:serviceaccount:cert-manager:aio-trust-sync --audiences api://AzureADTokenExchange
# Before this: cert-manager, trust-manager and the manifests of this site.
az iot ops init --cluster <cluster> -g <resource-group> --user-trust
az iot ops create --cluster <cluster> -g <resource-group> -n <instance> --cluster-namespace azure-iot-operations --sr-resource-id <schema-registry-id> --ns-resource-id <namespace-id> --trust-settings issuerName=plant-issuer issuerKind=ClusterIssuer configMapName=azure-iot-operations-aio-ca-trust-bundle configMapKey=ca.crt
# Later, at an upgrade: without --no-cm-install the product's cert-manager lands on yours.
az iot ops upgrade -n <instance> -g <resource-group> --no-cm-install

# To fill in:
# <cluster>: the Arc-enabled cluster
# <resource-group>: the resource group of cluster and instance
# <instance>: the name of the instance
# <schema-registry-id>: the resource id of the schema registry
# <namespace-id>: the resource id of the device registry namespace
# <identity>: the name of the user-assigned identity
# <key-vault-id>: the resource id of the Key Vault
# <oidc-issuer-url>: az connectedk8s show: oidcIssuerProfile.issuerUrl
