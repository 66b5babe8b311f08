# Planned only: what holds data refuses to be destroyed, also by a test that cleans up.
mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                 = "test"
  subnets              = { eu-central-1a = "subnet-1", eu-central-1b = "subnet-2", eu-central-1c = "subnet-3" }
  security_group_id    = "sg-1"
  instance_profile     = "test-nats"
  instance_type        = "m7i.large"
  storage_gib          = 100
  key_arn              = "arn:aws:kms:eu-central-1:123456789012:key/test"
  release              = { version = "2.15.1", sha256 = join("", [for _ in range(64) : "a"]) }
  password_secret_arns = { gateway = "s-1", storage = "s-2", projector = "s-3", executor = "s-4", cluster = "s-5" }
  zone_id              = "Z1"
  domain               = "test.internal"
  log_group            = "/cloche/test/nats"
  protected            = true
}

run "three_nodes_that_sync" {
  command = plan

  assert {
    condition     = length(aws_instance.node) == 3 && length(distinct([for volume in aws_ebs_volume.log : volume.availability_zone])) == 3
    error_message = "A node in each zone."
  }

  assert {
    condition     = alltrue([for text in output.configuration : strcontains(text, "sync_interval: always")])
    error_message = "What is acknowledged is on the disk."
  }

  assert {
    condition     = alltrue([for volume in aws_ebs_volume.log : volume.encrypted && volume.final_snapshot])
    error_message = "The log is encrypted, and kept when its disk goes."
  }

  assert {
    condition     = alltrue([for node in aws_instance.node : node.metadata_options[0].http_tokens == "required"]) && alltrue([for template in aws_launch_template.node : template.disable_api_termination])
    error_message = "The metadata service wants a token, and nodes are not ended by mistake."
  }

  assert {
    condition     = output.url == "nats://nats-1.test.internal:4222,nats://nats-2.test.internal:4222,nats://nats-3.test.internal:4222"
    error_message = "Services know all nodes."
  }
}

run "bad_values" {
  command = plan

  variables {
    subnets = { eu-central-1a = "subnet-1" }
    release = { version = "2.10.0", sha256 = "none" }
  }

  expect_failures = [var.subnets, var.release]
}
