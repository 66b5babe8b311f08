# One environment: everything that is there once, and then the colours (colours.tf), which come and go.

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  region  = data.aws_region.current.region
  domain  = "${var.name}.cloche.internal"
  secrets = ["api-key", "wrap-secret", "archive-secret", "postgres-password", "nats-gateway", "nats-storage", "nats-projector", "nats-executor", "nats-cluster"]

  generations   = { for secret in local.secrets : secret => lookup(var.secret_generations, secret, 1) }
  recovery_days = var.protected ? 30 : 0
  nats_users    = ["gateway", "storage", "projector", "executor", "cluster"]
  log_groups    = { for service in ["gateway", "storage", "projector", "executor", "nats"] : service => aws_cloudwatch_log_group.this[service].name }
}

module "encryption" {
  source = "../encryption"

  name = var.name
}

module "network" {
  source = "../network"

  name               = var.name
  cidr               = var.network.cidr
  availability_zones = var.network.availability_zones
  nat_gateways       = var.network.nat_gateways
  client_cidrs       = var.network.client_cidrs
  key_arn            = module.encryption.key_arn
  log_days           = var.log_days
}

module "storage" {
  source = "../storage"

  name            = var.name
  bucket_suffix   = data.aws_caller_identity.current.account_id
  key_arn         = module.encryption.key_arn
  lock_days       = var.archive.lock_days
  lock_mode       = var.archive.lock_mode
  access_log_days = var.log_days
}

module "registry" {
  source = "../registry"

  name     = var.name
  services = ["gateway", "storage", "projector", "executor"]
  key_arn  = module.encryption.key_arn
}

module "secrets" {
  source = "../secrets"

  name          = var.name
  key_arn       = module.encryption.key_arn
  generations   = local.generations
  recovery_days = local.recovery_days
}

module "postgres" {
  source = "../postgres"

  name                = var.name
  subnet_ids          = values(module.network.private_subnets)
  security_group_id   = module.network.security_groups["postgres"]
  key_arn             = module.encryption.key_arn
  password_secret_arn = module.secrets.arns["postgres-password"]
  password_generation = local.generations["postgres-password"]
  instance_class      = var.postgres.instance_class
  storage_gib         = var.postgres.storage_gib
  multi_az            = var.postgres.multi_az
  backup_days         = var.postgres.backup_days
  protected           = var.protected
  recovery_days       = local.recovery_days
}

module "iam" {
  source = "../iam"

  name            = var.name
  bucket_arn      = module.storage.bucket_arn
  key_arn         = module.encryption.key_arn
  repository_arns = module.registry.repository_arns
  secret_arns = merge(
    { for service, secrets in local.service_secrets : service => values(secrets) },
    {
      nats       = [for user in local.nats_users : module.secrets.arns["nats-${user}"]]
      operations = [module.secrets.arns["api-key"]]
    },
  )
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(["gateway", "storage", "projector", "executor", "nats"])

  name              = "/cloche/${var.name}/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = module.encryption.key_arn
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  name = local.domain
  vpc  = module.network.vpc_id
}

# Cloud Map lets nobody else write into the zone of its namespace, so the nodes' names have one of their own.
resource "aws_route53_zone" "log" {
  name = "log.${local.domain}"

  vpc {
    vpc_id = module.network.vpc_id
  }
}

module "nats" {
  source = "../nats"

  name                 = var.name
  subnets              = module.network.private_subnets
  security_group_id    = module.network.security_groups["nats"]
  instance_profile     = module.iam.instance_profiles["nats"]
  instance_type        = var.nats.instance_type
  storage_gib          = var.nats.storage_gib
  key_arn              = module.encryption.key_arn
  release              = var.nats.release
  password_secret_arns = { for user in local.nats_users : user => module.secrets.arns["nats-${user}"] }
  zone_id              = aws_route53_zone.log.zone_id
  domain               = aws_route53_zone.log.name
  log_group            = local.log_groups["nats"]
  protected            = var.protected
}

module "operations" {
  source = "../operations"

  name               = var.name
  subnet_ids         = values(module.network.private_subnets)
  security_group_id  = module.network.security_groups["operations"]
  instance_profile   = module.iam.instance_profiles["operations"]
  key_arn            = module.encryption.key_arn
  domain             = local.domain
  api_key_secret_arn = module.secrets.arns["api-key"]
}

module "dns" {
  source = "../dns"

  zone_name     = var.dns.zone_name
  api_name      = var.dns.api_name
  load_balancer = { dns_name = module.load_balancer.dns_name, zone_id = module.load_balancer.zone_id }
}

module "alarms" {
  source = "../alarms"

  name           = var.name
  key_arn        = module.encryption.key_arn
  emails         = var.alarm_emails
  load_balancer  = module.load_balancer.arn_suffix
  target_groups  = { for colour, group in module.load_balancer.target_groups : colour => group.suffix }
  database       = module.postgres.identifier
  nats_instances = module.nats.instance_ids
  log_groups     = { for service, group in local.log_groups : service => group if service != "nats" }
}

module "github" {
  source = "../github"
  count  = var.github == null ? 0 : 1

  name                = var.name
  repository          = var.github.repository
  github_environment  = var.github.environment
  oidc_provider_arn   = var.github.oidc_provider_arn
  state_bucket_arn    = var.github.state_bucket_arn
  archive_bucket_arn  = module.storage.bucket_arn
  repository_arns     = module.registry.repository_arns
  task_role_arns      = concat(values(module.iam.task_role_arns), values(module.iam.execution_role_arns))
  instance_role_arns  = values(module.iam.instance_role_arns)
  database_secret_arn = module.secrets.arns["postgres-password"]
  key_arn             = module.encryption.key_arn
}
