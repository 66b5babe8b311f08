output "api_url" {
  description = "Where clients reach Cloche."
  value       = "https://${var.dns.api_name}"
}

output "live_colour" {
  description = "The colour that they reach."
  value       = var.live_colour
}

output "repository_urls" {
  description = "Where images are pushed, by service."
  value       = module.registry.repository_urls
}

output "smoke_test_document" {
  description = "Systems Manager document that runs a program through a colour."
  value       = module.operations.smoke_test_document
}

output "github_role_arns" {
  description = "Roles of GitHub's workflows, by what they are for."
  value       = var.github == null ? {} : module.github[0].role_arns
}

output "environment" {
  description = "Settings of each service, none of them secret."
  value       = local.environment
}

output "secret_names" {
  description = "Names of each service's settings that are secret."
  value       = { for service, secrets in local.service_secrets : service => keys(secrets) }
}

output "nats_configuration" {
  description = "nats.conf of each node."
  value       = module.nats.configuration
}
