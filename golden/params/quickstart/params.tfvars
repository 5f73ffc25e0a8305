# lab-berlin
trust_config_source = "CustomerManagedByoIssuer"
byo_issuer_trust_settings = {
  issuer_name    = "azure-iot-operations-aio-certificate-issuer"
  issuer_kind    = "ClusterIssuer"
  configmap_name = "azure-iot-operations-aio-ca-trust-bundle"
  configmap_key  = "ca.crt"
}
