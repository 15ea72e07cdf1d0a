// The API alone on Azure Container Apps: /predict, /predict_batch, /classes and /health, without any Google service.
// az deployment group create --resource-group hangtag --template-file deploy/azure/main.bicep --parameters image=NAME@sha256:...

@description('Container image with its digest, in a registry that the app can read.')
param image string

param location string = resourceGroup().location

@description('HANGTAG_* variables of the API; shared/src/config.ts lists them.')
param settings object = {}

@description('The private JSON Web Key that signs the manifest of the model. none: it is not signed.')
@secure()
param signingKey string = 'none'

@description('Fewest containers. 0: none while there are no requests; the first request then waits for the start.')
@minValue(0)
param minContainers int = 1

@minValue(1)
@maxValue(100)
param maxContainers int = 10

@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

var name = 'hangtag-api'
var port = 8080

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'hangtag'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: logRetentionDays
  }
}

resource environment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: 'hangtag'
  location: location
  properties: {
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: logs.properties.customerId
        sharedKey: logs.listKeys().primarySharedKey
      }
    }
  }
}

resource api 'Microsoft.App/containerApps@2024-03-01' = {
  name: name
  location: location
  identity: { type: 'SystemAssigned' }
  properties: {
    managedEnvironmentId: environment.id
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        targetPort: port
        allowInsecure: false
      }
      secrets: [{ name: 'signing-key', value: signingKey }]
    }
    template: {
      containers: [
        {
          name: name
          image: image
          resources: { cpu: json('2.0'), memory: '4Gi' }
          env: concat(
            [
              { name: 'HANGTAG_API_TRUSTED_PROXIES', value: '1' }
              { name: 'HANGTAG_SIGNING_KEY', secretRef: 'signing-key' }
            ],
            map(items(settings), setting => { name: setting.key, value: setting.value })
          )
          probes: [
            {
              type: 'Startup'
              httpGet: { path: '/health', port: port }
              periodSeconds: 2
              failureThreshold: 30
            }
            {
              type: 'Liveness'
              httpGet: { path: '/health', port: port }
              periodSeconds: 10
            }
          ]
        }
      ]
      scale: {
        minReplicas: minContainers
        maxReplicas: maxContainers
        rules: [{ name: 'requests', http: { metadata: { concurrentRequests: '16' } } }]
      }
    }
  }
}

output address string = 'https://${api.properties.configuration.ingress.fqdn}'
