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
    key          = "staging/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { "cloche:environment" = "cloche-staging" }
  }
}

module "cloche" {
  source = "../../modules/stack"

  name               = "cloche-staging"
  colours            = var.colours
  live_colour        = var.live_colour
  dns                = var.dns
  alarm_emails       = var.alarm_emails
  github             = var.github
  secret_generations = var.secret_generations
  settings           = var.settings

  network = {
    cidr               = "10.30.0.0/16"
    availability_zones = ["${var.region}a", "${var.region}b", "${var.region}c"]
    nat_gateways       = "single"
    client_cidrs       = var.client_cidrs
  }

  services = {
    gateway   = { count = 2, cpu = 1024, memory = 2048 }
    storage   = { count = 1, cpu = 1024, memory = 2048 }
    projector = { count = 1, cpu = 1024, memory = 2048 }
  }

  executors = {
    instance_types = ["c7i.xlarge", "c6i.xlarge", "m7i.xlarge"]
    least          = 1
    most           = 4
    on_demand      = { base = 1, percent_beyond = 0 }
    drain_seconds  = 90
    disk_gib       = 100
    slots          = 8
    gvisor         = var.gvisor
  }

  nats = {
    instance_type = "m7i.large"
    storage_gib   = 100
    log_bytes     = 48 * pow(1024, 3)
    release       = var.nats_release
  }

  postgres = {
    instance_class = "db.m7g.large"
    storage_gib    = 50
    multi_az       = true
    backup_days    = 7
  }

  archive   = { lock_days = 7, lock_mode = "GOVERNANCE" }
  web_acl   = { enabled = true, requests_per_address = 10000 }
  protected = true
  log_days  = 30
}

output "cloche" {
  description = "What people and workflows need to know of the environment."
  value       = module.cloche
}
