# What an environment may not ask for. What it gets is shown on production as a whole (tests/deploy). Ephemeral resources cannot
# be mocked; the real provider would refuse these credentials.
provider "aws" {
  region     = "eu-central-1"
  access_key = "none"
  secret_key = "none"
}

variables {
  name = "test"
  colours = {
    blue = {
      images = {
        gateway   = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
        storage   = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
        projector = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
        executor  = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
      }
    }
  }
  live_colour = "blue"
  network = {
    cidr               = "10.20.0.0/16"
    availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
    nat_gateways       = "single"
    client_cidrs       = ["203.0.113.0/24"]
  }
  dns = { zone_name = "example.org", api_name = "api.example.org" }
  services = {
    gateway   = { count = 1, cpu = 512, memory = 1024 }
    storage   = { count = 1, cpu = 512, memory = 1024 }
    projector = { count = 1, cpu = 512, memory = 1024 }
  }
  executors = {
    instance_types = ["c7i.large"]
    least          = 0
    most           = 1
    on_demand      = { base = 0, percent_beyond = 0 }
    drain_seconds  = 60
    disk_gib       = 60
    slots          = 4
    gvisor         = { release = "20260720.0", sha512 = join("", [for _ in range(128) : "a"]) }
  }
  nats = {
    instance_type = "t3.medium"
    storage_gib   = 40
    log_bytes     = 17179869184
    release       = { version = "2.15.1", sha256 = join("", [for _ in range(64) : "a"]) }
  }
  postgres     = { instance_class = "db.t4g.small", storage_gib = 20, multi_az = false, backup_days = 1 }
  archive      = { lock_days = 1, lock_mode = "GOVERNANCE" }
  protected    = false
  web_acl      = { enabled = false, requests_per_address = 1000 }
  log_days     = 14
  alarm_emails = []
}

run "bad_values" {
  command = plan

  variables {
    name        = "A name"
    live_colour = "green"
    nats = {
      instance_type = "t3.medium"
      storage_gib   = 40
      log_bytes     = 42949672960
      release       = { version = "2.15.1", sha256 = join("", [for _ in range(64) : "a"]) }
    }
  }

  expect_failures = [var.name, var.live_colour, var.nats]
}

run "images_are_digests" {
  command = plan

  variables {
    colours = { blue = { images = { gateway = "latest", storage = "latest", projector = "latest", executor = "latest" } } }
  }

  expect_failures = [var.colours]
}

run "secrets_are_no_settings" {
  command = plan

  variables {
    settings = { gateway = { CLOCHE_API_KEY = "in plain sight" } }
  }

  expect_failures = [var.settings]
}
