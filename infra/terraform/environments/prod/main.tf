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
    key          = "prod/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { "cloche:environment" = "cloche-prod" }
  }
}

module "cloche" {
  source = "../../modules/stack"

  name               = "cloche-prod"
  colours            = var.colours
  live_colour        = var.live_colour
  dns                = var.dns
  alarm_emails       = var.alarm_emails
  github             = var.github
  secret_generations = var.secret_generations
  settings           = var.settings

  network = {
    cidr               = "10.40.0.0/16"
    availability_zones = ["${var.region}a", "${var.region}b", "${var.region}c"]
    nat_gateways       = "per_zone"
    client_cidrs       = var.client_cidrs
  }

  services = {
    gateway   = { count = 3, cpu = 2048, memory = 4096 }
    storage   = { count = 2, cpu = 1024, memory = 4096 }
    projector = { count = 2, cpu = 2048, memory = 4096 }
  }

  executors = {
    instance_types = ["c7i.2xlarge", "c6i.2xlarge", "m7i.2xlarge", "m6i.2xlarge"]
    least          = 3
    most           = 30
    on_demand      = { base = 3, percent_beyond = 20 }
    drain_seconds  = 90
    disk_gib       = 200
    slots          = 16
    gvisor         = var.gvisor
  }

  nats = {
    instance_type = "m7i.xlarge"
    storage_gib   = 500
    log_bytes     = 256 * pow(1024, 3)
    release       = var.nats_release
  }

  postgres = {
    instance_class = "db.r7g.xlarge"
    storage_gib    = 200
    multi_az       = true
    backup_days    = 35
  }

  archive   = { lock_days = 365, lock_mode = "COMPLIANCE" }
  web_acl   = { enabled = true, requests_per_address = 10000 }
  protected = true
  log_days  = 400
}

output "cloche" {
  description = "What people and workflows need to know of the environment."
  value       = module.cloche
}
