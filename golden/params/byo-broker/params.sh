# byo-broker
# Before this: cert-manager, trust-manager and the manifests of this site.
az iot ops init --cluster <cluster> -g <resource-group> --user-trust
az iot ops create --cluster <cluster> -g <resource-group> -n <instance> --cluster-namespace azure-iot-operations --sr-resource-id <schema-registry-id> --ns-resource-id <namespace-id> --trust-settings issuerName=plant-issuer issuerKind=ClusterIssuer configMapName=azure-iot-operations-aio-ca-trust-bundle configMapKey=ca.crt
# Later, at an upgrade: without --no-cm-install the product's cert-manager lands on yours.
az iot ops upgrade -n <instance> -g <resource-group> --no-cm-install
az iot ops broker listener port add --in <instance> -g <resource-group> --listener line-4 --service-type LoadBalancer --port 8884 --tls-issuer-ref group=cert-manager.io kind=ClusterIssuer name=plant-issuer --tls-duration 720h0m0s --tls-renew-before 240h0m0s --tls-key-algo Ec384 --tls-key-rotation Always --tls-san-dns line-4.corp.example --tls-san-ip 10.0.0.7 --authn-ref devices
az iot ops broker authn method add --authn <authn> --in <instance> -g <resource-group> --x509-client-ca-ref azure-iot-operations-aio-client-trust

# To fill in:
# <cluster>: the Arc-enabled cluster
# <resource-group>: the resource group of cluster and instance
# <instance>: the name of the instance
# <schema-registry-id>: the resource id of the schema registry
# <namespace-id>: the resource id of the device registry namespace
# <authn>: the name of the BrokerAuthentication
