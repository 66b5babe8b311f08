mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                     = "test"
  colour                   = "blue"
  subnet_ids               = ["subnet-1", "subnet-2", "subnet-3"]
  security_group_id        = "sg-1"
  instance_profile         = "test-executor"
  image                    = "registry.example/test/executor@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  environment              = { CLOCHE_REQUIRE = "gvisor" }
  nats_password_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:test/nats-executor"
  gvisor                   = { release = "20260720.0", sha512 = join("", [for _ in range(128) : "a"]) }
  instance_types           = ["c7i.large", "c6i.large"]
  size                     = { least = 1, most = 4 }
  on_demand                = { base = 1, percent_beyond = 20 }
  drain_seconds            = 90
  disk_gib                 = 60
  key_arn                  = "arn:aws:kms:eu-central-1:123456789012:key/test"
  log_group                = "/cloche/test/executor"
}

run "hosts_of_untrusted_programs" {
  assert {
    condition     = aws_launch_template.this.metadata_options[0].http_tokens == "required" && aws_launch_template.this.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "The metadata service wants a token, and its answers do not get into containers."
  }

  assert {
    condition     = aws_launch_template.this.block_device_mappings[0].ebs[0].encrypted == "true" && aws_launch_template.this.network_interfaces[0].associate_public_ip_address == "false"
    error_message = "Disks are encrypted, and there is no public address."
  }

  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "-d 169.254.169.254 -m owner ! --uid-owner 0 -j REJECT\nExecStart=/usr/sbin/iptables -I OUTPUT -d 169.254.169.254 -m owner --uid-owner 10001 -j ACCEPT\n") && strcontains(base64decode(aws_launch_template.this.user_data), "--user 10001:10001") && strcontains(base64decode(aws_launch_template.this.user_data), "-I FORWARD -d 169.254.169.254 -j REJECT")
    error_message = "Nobody but root and the executor reaches the metadata service."
  }

  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "sha512sum --check") && strcontains(base64decode(aws_launch_template.this.user_data), "cgroup2fs")
    error_message = "gVisor is checked against its digest, and control groups are of version 2."
  }
}

run "spot_and_drain" {
  assert {
    condition     = one(aws_autoscaling_group.this.mixed_instances_policy[0].instances_distribution).on_demand_percentage_above_base_capacity == 20 && length(aws_autoscaling_group.this.mixed_instances_policy[0].launch_template[0].override) == 2
    error_message = "Spot and on-demand are mixed, over several types."
  }

  assert {
    condition     = one(aws_autoscaling_group.this.initial_lifecycle_hook).lifecycle_transition == "autoscaling:EC2_INSTANCE_TERMINATING" && one(aws_autoscaling_group.this.initial_lifecycle_hook).heartbeat_timeout > var.drain_seconds + 15
    error_message = "An instance waits for its executor to drain."
  }

  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "docker stop --time 105") && strcontains(base64decode(aws_launch_template.this.user_data), "CLOCHE_DRAIN_SECONDS=90")
    error_message = "The executor gets SIGTERM, and its own time before SIGKILL."
  }
}

run "longer_than_spot_gives" {
  command = plan

  variables {
    drain_seconds = 600
  }

  expect_failures = [var.drain_seconds]
}

run "long_drain_without_spot" {
  command = plan

  variables {
    drain_seconds = 600
    on_demand     = { base = 1, percent_beyond = 100 }
  }
}

run "bad_values" {
  command = plan

  variables {
    image  = "registry.example/test/executor:latest"
    gvisor = { release = "latest", sha512 = "none" }
    size   = { least = 3, most = 2 }
  }

  expect_failures = [var.image, var.gvisor, var.size]
}
