terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  # Bucket and region come from backend.hcl, which names your account's (docs/deployment.md). S3 itself keeps the lock.
  backend "s3" {
    key          = "dev/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { "cloche:environment" = "cloche-dev" }
  }
}

module "cloche" {
  source = "../../modules/stack"

  name               = "cloche-dev"
  colours            = var.colours
  live_colour        = var.live_colour
  dns                = var.dns
  alarm_emails       = var.alarm_emails
  github             = var.github
  secret_generations = var.secret_generations
  settings           = var.settings

  network = {
    cidr               = "10.20.0.0/16"
    availability_zones = ["${var.region}a", "${var.region}b", "${var.region}c"]
    nat_gateways       = "single"
    client_cidrs       = var.client_cidrs
  }

  services = {
    gateway   = { count = 1, cpu = 512, memory = 1024 }
    storage   = { count = 1, cpu = 512, memory = 2048 }
    projector = { count = 1, cpu = 512, memory = 1024 }
  }

  executors = {
    instance_types = ["c7i.large", "c6i.large", "m7i.large"]
    least          = 0
    most           = 2
    on_demand      = { base = 0, percent_beyond = 0 }
    drain_seconds  = 60
    disk_gib       = 60
    slots          = 4
    gvisor         = var.gvisor
  }

  nats = {
    instance_type = "t3.medium"
    storage_gib   = 40
    log_bytes     = 16 * pow(1024, 3)
    release       = var.nats_release
  }

  postgres = {
    instance_class = "db.t4g.small"
    storage_gib    = 20
    multi_az       = false
    backup_days    = 1
  }

  archive   = { lock_days = 1, lock_mode = "GOVERNANCE" }
  web_acl   = { enabled = false, requests_per_address = 10000 }
  protected = false
  log_days  = 14
}

output "cloche" {
  description = "What people and workflows need to know of the environment."
  value       = module.cloche
}
