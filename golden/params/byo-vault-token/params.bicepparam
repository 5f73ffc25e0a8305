// byo-vault-token: name the template that declares trustConfig
using './main.bicep'

param trustConfig = {
  source: 'CustomerManaged'
  settings: {
    issuerName: 'plant-issuer'
    issuerKind: 'Issuer'
    configMapName: 'azure-iot-operations-aio-ca-trust-bundle'
    configMapKey: 'ca.crt'
  }
}
