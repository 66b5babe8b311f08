# The executors of one colour: instances that run untrusted programs, mostly on spot capacity. Both colours may run side by
# side: they pull from the same queue.

data "aws_region" "current" {}

locals {
  group        = "${var.name}-executor-${var.colour}"
  stop_seconds = 10

  # A file for `docker run --env-file`. CLOCHE_INSTANCE is left to the host's name, which the unit adds.
  environment = merge(var.environment, {
    CLOCHE_DRAIN_SECONDS = tostring(var.drain_seconds)
    CLOCHE_STOP_SECONDS  = tostring(local.stop_seconds)
  })
}

resource "aws_launch_template" "this" {
  name                   = local.group
  image_id               = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
  instance_type          = var.instance_types[0]
  update_default_version = true
  ebs_optimized          = true

  user_data = base64encode(templatefile("${path.module}/user_data.sh.tftpl", {
    colour      = var.colour
    region      = data.aws_region.current.region
    group       = local.group
    image       = var.image
    registry    = split("/", var.image)[0]
    secret      = var.nats_password_secret_arn
    log_group   = var.log_group
    gvisor      = var.gvisor
    environment = local.environment
    # The executor's own time, and a moment for Docker.
    stop_seconds = var.drain_seconds + local.stop_seconds + 5
  }))

  iam_instance_profile {
    name = var.instance_profile
  }

  network_interfaces {
    associate_public_ip_address = false
    delete_on_termination       = true
    security_groups             = [var.security_group_id]
  }

  # One hop: an answer does not get into a container's network, and a host rule lets only root and the executor ask (user data).
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
      volume_size           = var.disk_gib
      encrypted             = true
      kms_key_id            = var.key_arn
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = local.group, Colour = var.colour }
  }
}

resource "aws_autoscaling_group" "this" {
  name                  = local.group
  vpc_zone_identifier   = var.subnet_ids
  min_size              = var.size.least
  max_size              = var.size.most
  health_check_type     = "EC2"
  capacity_rebalance    = true
  max_instance_lifetime = 7 * 24 * 3600
  termination_policies  = ["OldestLaunchTemplate", "OldestInstance"]

  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = var.on_demand.base
      on_demand_percentage_above_base_capacity = var.on_demand.percent_beyond
      spot_allocation_strategy                 = "price-capacity-optimized"
    }
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.this.id
        version            = aws_launch_template.this.latest_version
      }
      dynamic "override" {
        for_each = var.instance_types
        content {
          instance_type = override.value
        }
      }
    }
  }

  # Standing in the group itself, it is there before the first instance is.
  initial_lifecycle_hook {
    name                 = "drain"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    heartbeat_timeout    = var.drain_seconds + local.stop_seconds + 50
    default_result       = "CONTINUE"
  }

  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage = 90
      instance_warmup        = 120
    }
  }

  tag {
    key                 = "Name"
    value               = local.group
    propagate_at_launch = true
  }
}

# CloudWatch does not know the queue. Executors that are busy mean work, and they take no more than they have slots for.
resource "aws_autoscaling_policy" "cpu" {
  name                      = "cpu"
  autoscaling_group_name    = aws_autoscaling_group.this.name
  policy_type               = "TargetTrackingScaling"
  estimated_instance_warmup = 120

  target_tracking_configuration {
    target_value = 60
    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

output "group" {
  description = "Name of the scaling group."
  value       = aws_autoscaling_group.this.name
}
