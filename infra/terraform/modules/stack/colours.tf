# Blue and green. Each enabled colour has gateways, storage, a projector and executors of its own; all of them share the log,
# the read models and the archive. Of storage and projectors the lease and the lock let one of all colours work, so
# that two colours are one system at any time. Clients reach the live colour alone (../load_balancer).

locals {
  # What every service is told. Names are checked against the services' own settings by tests/deploy/test_settings.py.
  shared = {
    CLOCHE_LOG_FORMAT       = "json"
    CLOCHE_NATS_URL         = module.nats.url
    CLOCHE_STREAM_REPLICAS  = "3"
    CLOCHE_STREAM_MAX_BYTES = tostring(var.nats.log_bytes)
    CLOCHE_HEALTH_HOST      = "0.0.0.0"
    CLOCHE_HEALTH_PORT      = "8081"
  }
  # No key: the role of the task or of the instance is found by the AWS SDK where a service is given none.
  objects = {
    CLOCHE_S3_ENDPOINT = "https://s3.${local.region}.amazonaws.com"
    CLOCHE_S3_REGION   = local.region
    CLOCHE_S3_BUCKET   = module.storage.bucket
  }
  own = {
    gateway = merge(local.objects, {
      CLOCHE_HOST         = "0.0.0.0"
      CLOCHE_PORT         = "8080"
      CLOCHE_STOP_SECONDS = "30"
      # The load balancer, which has addresses of the network: what it says of where a request comes from is believed.
      CLOCHE_TRUSTED_PROXIES = var.network.cidr
    })
    storage   = merge(local.objects, { CLOCHE_STOP_SECONDS = "30" })
    projector = merge(local.objects, { CLOCHE_STOP_SECONDS = "30" })
    executor = merge(local.objects, {
      # Strangers' programs run under gVisor or not at all.
      CLOCHE_ENGINE      = "gvisor"
      CLOCHE_REQUIRE     = "gvisor"
      CLOCHE_SLOTS       = tostring(var.executors.slots)
      CLOCHE_HEALTH_HOST = "127.0.0.1"
    })
  }
  environment = { for service, settings in local.own : service => merge(
    local.shared,
    { CLOCHE_NATS_USER = service },
    settings,
    lookup(var.settings, service, {}),
  ) }

  service_secrets = {
    gateway = {
      CLOCHE_API_KEY       = module.secrets.arns["api-key"]
      CLOCHE_NATS_PASSWORD = module.secrets.arns["nats-gateway"]
      CLOCHE_POSTGRES_DSN  = module.postgres.dsn_secret_arn
      CLOCHE_WRAP_SECRET   = module.secrets.arns["wrap-secret"]
    }
    storage = {
      CLOCHE_NATS_PASSWORD  = module.secrets.arns["nats-storage"]
      CLOCHE_SIGNING_SECRET = module.secrets.arns["archive-secret"]
    }
    projector = {
      CLOCHE_NATS_PASSWORD = module.secrets.arns["nats-projector"]
      CLOCHE_POSTGRES_DSN  = module.postgres.dsn_secret_arn
    }
    executor = {
      CLOCHE_NATS_PASSWORD = module.secrets.arns["nats-executor"]
    }
  }

  images = { for colour, it in var.colours : colour => { for service, digest in it.images : service => "${module.registry.repository_urls[service]}@${digest}" } }
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

module "load_balancer" {
  source = "../load_balancer"

  name                 = var.name
  vpc_id               = module.network.vpc_id
  subnet_ids           = values(module.network.public_subnets)
  security_group_id    = module.network.security_groups["load_balancer"]
  certificate_arn      = module.dns.certificate_arn
  log_bucket           = module.storage.log_bucket
  protected            = var.protected
  colours              = keys(var.colours)
  live_colour          = var.live_colour
  web_acl              = var.web_acl.enabled
  requests_per_address = var.web_acl.requests_per_address
}

module "services" {
  source   = "../services"
  for_each = var.colours

  name                = var.name
  colour              = each.key
  cluster_arn         = aws_ecs_cluster.this.arn
  subnet_ids          = values(module.network.private_subnets)
  security_groups     = module.network.security_groups
  execution_role_arns = module.iam.execution_role_arns
  task_role_arns      = module.iam.task_role_arns
  images              = local.images[each.key]
  sizes               = var.services
  environment         = local.environment
  secrets             = local.service_secrets
  log_groups          = local.log_groups
  target_group_arn    = module.load_balancer.target_groups[each.key].arn
  namespace_id        = aws_service_discovery_private_dns_namespace.this.id
}

module "executors" {
  source   = "../executors"
  for_each = var.colours

  name                     = var.name
  colour                   = each.key
  subnet_ids               = values(module.network.private_subnets)
  security_group_id        = module.network.security_groups["executor"]
  instance_profile         = module.iam.instance_profiles["executor"]
  image                    = local.images[each.key]["executor"]
  environment              = local.environment["executor"]
  nats_password_secret_arn = local.service_secrets["executor"]["CLOCHE_NATS_PASSWORD"]
  gvisor                   = var.executors.gvisor
  instance_types           = var.executors.instance_types
  size                     = coalesce(each.value.executors, { least = var.executors.least, most = var.executors.most })
  on_demand                = var.executors.on_demand
  drain_seconds            = var.executors.drain_seconds
  disk_gib                 = var.executors.disk_gib
  key_arn                  = module.encryption.key_arn
  log_group                = local.log_groups["executor"]
}
