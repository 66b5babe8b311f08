# The log of record: three nodes in three zones (ADR 0016). A node's address and disk outlive its instance, so that one can
# be replaced with its log. Replace them one by one (docs/deployment.md), never two at once.

data "aws_region" "current" {}

locals {
  nodes = { for index, zone in sort(keys(var.subnets)) : "nats-${index + 1}" => { zone = zone, subnet = var.subnets[zone] } }
  names = { for node in keys(local.nodes) : node => "${node}.${var.domain}" }

  routes        = { for node in keys(local.nodes) : node => [for other, address in local.names : address if other != node] }
  configuration = { for node in keys(local.nodes) : node => templatefile("${path.module}/nats.conf.tftpl", { node = node }) }
}

resource "aws_network_interface" "node" {
  for_each = local.nodes

  subnet_id       = each.value.subnet
  security_groups = [var.security_group_id]
  description     = "${var.name} ${each.key}"
  tags            = { Name = "${var.name}-${each.key}" }
}

resource "aws_route53_record" "node" {
  for_each = local.nodes

  zone_id = var.zone_id
  name    = local.names[each.key]
  type    = "A"
  ttl     = 30
  records = [aws_network_interface.node[each.key].private_ip]
}

resource "aws_ebs_volume" "log" {
  for_each = local.nodes

  availability_zone = each.value.zone
  type              = "gp3"
  size              = var.storage_gib
  iops              = var.storage_iops
  throughput        = 250
  encrypted         = true
  kms_key_id        = var.key_arn
  final_snapshot    = true
  tags              = { Name = "${var.name}-${each.key}-log" }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_launch_template" "node" {
  for_each = local.nodes

  name                    = "${var.name}-${each.key}"
  image_id                = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
  instance_type           = var.instance_type
  ebs_optimized           = true
  update_default_version  = true
  disable_api_termination = var.protected

  user_data = base64encode(templatefile("${path.module}/user_data.sh.tftpl", {
    region        = data.aws_region.current.region
    release       = var.release
    configuration = local.configuration[each.key]
    passwords     = var.password_secret_arns
    routes        = local.routes[each.key]
    # Without the hyphen, as the name of the disk's device says it.
    volume    = replace(aws_ebs_volume.log[each.key].id, "-", "")
    log_group = var.log_group
  }))

  iam_instance_profile {
    name = var.instance_profile
  }

  network_interfaces {
    network_interface_id  = aws_network_interface.node[each.key].id
    delete_on_termination = false
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_type           = "gp3"
      volume_size           = 20
      encrypted             = true
      kms_key_id            = var.key_arn
      delete_on_termination = true
    }
  }
}

resource "aws_instance" "node" {
  for_each = local.nodes

  launch_template {
    id      = aws_launch_template.node[each.key].id
    version = "$Latest"
  }
  # Said again, so that it does not hang on the template alone.
  iam_instance_profile = var.instance_profile
  ebs_optimized        = true
  monitoring           = true
  tags                 = { Name = "${var.name}-${each.key}" }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted  = true
    kms_key_id = var.key_arn
  }

  lifecycle {
    # A new configuration is taken by replacing one node after the other, by hand; Terraform would replace all three at once.
    ignore_changes = [ami, user_data, launch_template]
  }
}

resource "aws_volume_attachment" "log" {
  for_each = local.nodes

  device_name                    = "/dev/sdf"
  volume_id                      = aws_ebs_volume.log[each.key].id
  instance_id                    = aws_instance.node[each.key].id
  stop_instance_before_detaching = true
}

output "url" {
  description = "What services are told (CLOCHE_NATS_URL)."
  value       = join(",", [for name in values(local.names) : "nats://${name}:4222"])
}

output "instance_ids" {
  description = "Instances by node, for alarms."
  value       = { for node, instance in aws_instance.node : node => instance.id }
}

output "configuration" {
  description = "nats.conf of each node. It names passwords and has none."
  value       = local.configuration
}
