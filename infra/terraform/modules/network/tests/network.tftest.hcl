mock_provider "aws" {
  source = "../../testing"
}

variables {
  name               = "test"
  cidr               = "10.20.0.0/16"
  availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  nat_gateways       = "per_zone"
  client_cidrs       = ["203.0.113.0/24"]
  key_arn            = "arn:aws:kms:eu-central-1:123456789012:key/test"
  log_days           = 30
}

run "three_zones" {
  command = plan

  assert {
    condition     = length(aws_subnet.public) == 3 && length(aws_subnet.private) == 3 && length(aws_nat_gateway.this) == 3
    error_message = "Each zone has a public and a private subnet and its own way out."
  }

  assert {
    condition     = length(distinct(concat([for s in aws_subnet.public : s.cidr_block], [for s in aws_subnet.private : s.cidr_block]))) == 6
    error_message = "Subnets must not overlap."
  }

  assert {
    condition     = alltrue([for s in concat(values(aws_subnet.public), values(aws_subnet.private)) : !s.map_public_ip_on_launch])
    error_message = "Nothing gets a public address by being there."
  }
}

run "one_nat_gateway" {
  command = plan

  variables {
    nat_gateways = "single"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 3
    error_message = "All zones share the one way out."
  }
}

run "least_privilege" {
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.path : rule.referenced_security_group_id != null && rule.from_port == rule.to_port])
    error_message = "Inside, only a group reaches a group, on one port."
  }

  assert {
    condition     = toset([for name, path in local.paths : path.from if path.to == "postgres"]) == toset(["gateway", "projector"])
    error_message = "Only gateway and projector reach the database."
  }

  assert {
    condition     = [for name, path in local.paths : "${path.to}:${path.port}" if path.from == "executor"] == ["nats:4222"]
    error_message = "An executor, next to untrusted programs, reaches the log and nothing else of ours."
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.clients : rule.cidr_ipv4]) == toset(["203.0.113.0/24"])
    error_message = "Only the named clients get in."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_egress_rule.aws : rule.from_port == 443 && rule.to_port == 443])
    error_message = "The only way out is HTTPS."
  }
}

run "bad_values" {
  command = plan

  variables {
    cidr               = "10.20.0.0/24"
    availability_zones = ["eu-central-1a", "eu-central-1a", "eu-central-1b"]
    nat_gateways       = "none"
    client_cidrs       = ["anybody"]
  }

  expect_failures = [var.cidr, var.availability_zones, var.nat_gateways, var.client_cidrs]
}
