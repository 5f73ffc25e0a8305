# lab-berlin
# Before this: cert-manager, trust-manager and the manifests of this site.
az iot ops init --cluster <cluster> -g <resource-group> --user-trust
az iot ops create --cluster <cluster> -g <resource-group> -n <instance> --cluster-namespace azure-iot-operations --sr-resource-id <schema-registry-id> --ns-resource-id <namespace-id> --trust-settings issuerName=azure-iot-operations-aio-certificate-issuer issuerKind=ClusterIssuer configMapName=azure-iot-operations-aio-ca-trust-bundle configMapKey=ca.crt
# Later, at an upgrade: without --no-cm-install the product's cert-manager lands on yours.
az iot ops upgrade -n <instance> -g <resource-group> --no-cm-install

# To fill in:
# <cluster>: the Arc-enabled cluster
# <resource-group>: the resource group of cluster and instance
# <instance>: the name of the instance
# <schema-registry-id>: the resource id of the schema registry
# <namespace-id>: the resource id of the device registry namespace
