# Who may speak to whom, as one table. Both ends get a rule for exactly that port, and nothing else is open.

locals {
  groups = {
    load_balancer = "clients to the gateways"
    gateway       = "API, scheduler, dispatcher"
    storage       = "archives the log"
    projector     = "folds the log into rows"
    executor      = "runs untrusted programs"
    nats          = "the log of record"
    postgres      = "read models"
    operations    = "smoke tests and repairs, over SSM only"
  }

  paths = {
    load_balancer_to_gateway = { from = "load_balancer", to = "gateway", port = 8080 }
    operations_to_gateway    = { from = "operations", to = "gateway", port = 8080 }
    gateway_to_nats          = { from = "gateway", to = "nats", port = 4222 }
    storage_to_nats          = { from = "storage", to = "nats", port = 4222 }
    projector_to_nats        = { from = "projector", to = "nats", port = 4222 }
    executor_to_nats         = { from = "executor", to = "nats", port = 4222 }
    nats_to_nats             = { from = "nats", to = "nats", port = 6222 }
    gateway_to_postgres      = { from = "gateway", to = "postgres", port = 5432 }
    projector_to_postgres    = { from = "projector", to = "postgres", port = 5432 }
  }

  # These fetch images, secrets and logs from AWS. Sandboxes have no network of their own to use it with.
  reach_aws = ["gateway", "storage", "projector", "executor", "nats", "operations"]
}

resource "aws_security_group" "this" {
  for_each = local.groups

  name        = "${var.name}-${replace(each.key, "_", "-")}"
  description = each.value
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "path" {
  for_each = local.paths

  description                  = each.key
  security_group_id            = aws_security_group.this[each.value.to].id
  referenced_security_group_id = aws_security_group.this[each.value.from].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "path" {
  for_each = local.paths

  description                  = each.key
  security_group_id            = aws_security_group.this[each.value.from].id
  referenced_security_group_id = aws_security_group.this[each.value.to].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "aws" {
  for_each = toset(local.reach_aws)

  description       = "HTTPS to the APIs of AWS"
  security_group_id = aws_security_group.this[each.key].id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

locals {
  # 80 only answers with a redirect to 443.
  client_rules = { for pair in setproduct(var.client_cidrs, [80, 443]) : "${pair[0]}:${pair[1]}" => { cidr = pair[0], port = pair[1] } }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = local.client_rules

  description       = "clients"
  security_group_id = aws_security_group.this["load_balancer"].id
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}
