output "api" {
  description = "Address of the HTTP API."
  value       = var.domain != "" ? "https://${var.domain}" : module.functions.services["api"].url
}

output "load_balancer_address" {
  description = "Address to which the DNS record of the domain must point."
  value       = try(module.edge[0].address, null)
}

output "buckets" {
  description = "Names of the buckets."
  value       = { images = module.storage.images, reports = module.storage.reports, models = module.storage.models }
}

output "services" {
  description = "Cloud Run services by function."
  value       = { for name, service in module.functions.services : name => service.name }
}

output "service_accounts" {
  description = "Accounts by function."
  value       = module.functions.accounts
}

output "image" {
  description = "The image that runs. `npm run deploy` goes back to it if the next one fails."
  value       = var.image
}

output "secrets" {
  description = "Secrets of alert channels, of the signing key and of the wardrobe. Their first version is \"none\": what needs them is off."
  value       = sort(local.secrets)
}

output "dashboard" {
  description = "Id of the dashboard in Cloud Monitoring."
  value       = module.monitoring.dashboard
}
