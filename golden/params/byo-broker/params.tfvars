# byo-broker
trust_config_source = "CustomerManagedByoIssuer"
byo_issuer_trust_settings = {
  issuer_name    = "plant-issuer"
  issuer_kind    = "ClusterIssuer"
  configmap_name = "azure-iot-operations-aio-ca-trust-bundle"
  configmap_key  = "ca.crt"
}
