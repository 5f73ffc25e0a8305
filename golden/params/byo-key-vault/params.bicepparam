// byo-key-vault: name the template that declares trustConfig
using './main.bicep'

param trustConfig = {
  source: 'CustomerManaged'
  settings: {
    issuerName: 'plant-issuer'
    issuerKind: 'ClusterIssuer'
    configMapName: 'azure-iot-operations-aio-ca-trust-bundle'
    configMapKey: 'ca.crt'
  }
}
