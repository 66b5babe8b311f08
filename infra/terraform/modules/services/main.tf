# The services of one colour, but for the executors: gateway, storage and projector on Fargate.

data "aws_region" "current" {}

locals {
  services = toset(["gateway", "storage", "projector"])

  ports = {
    gateway   = 8080
    storage   = 8081
    projector = 8081
  }

  # The image has Python and no curl.
  probe = { for service, port in local.ports : service => "import urllib.request as r; r.urlopen('http://127.0.0.1:${port}/livez', timeout=3)" }
}

resource "aws_ecs_task_definition" "this" {
  for_each = local.services

  family                   = "${var.name}-${each.key}-${var.colour}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.sizes[each.key].cpu
  memory                   = var.sizes[each.key].memory
  execution_role_arn       = var.execution_role_arns[each.key]
  task_role_arn            = var.task_role_arns[each.key]

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = each.key
    image                  = var.images[each.key]
    essential              = true
    user                   = "10001:10001"
    privileged             = false
    readonlyRootFilesystem = true
    # Longer than CLOCHE_STOP_SECONDS, so that it is the service that ends.
    stopTimeout     = 60
    environment     = [for name, value in var.environment[each.key] : { name = name, value = value }]
    secrets         = [for name, arn in var.secrets[each.key] : { name = name, valueFrom = arn }]
    portMappings    = [{ containerPort = local.ports[each.key], protocol = "tcp" }]
    mountPoints     = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    linuxParameters = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    healthCheck = {
      command     = ["CMD", "python", "-c", local.probe[each.key]]
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.log_groups[each.key]
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = var.colour
      }
    }
  }])
}

resource "aws_service_discovery_service" "gateway" {
  name = "gateway-${var.colour}"

  dns_config {
    namespace_id   = var.namespace_id
    routing_policy = "MULTIVALUE"
    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}

resource "aws_ecs_service" "this" {
  for_each = local.services

  name                   = "${each.key}-${var.colour}"
  cluster                = var.cluster_arn
  task_definition        = aws_ecs_task_definition.this[each.key].arn
  desired_count          = var.sizes[each.key].count
  launch_type            = "FARGATE"
  platform_version       = "LATEST"
  enable_execute_command = false
  propagate_tags         = "SERVICE"
  wait_for_steady_state  = true

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.security_groups[each.key]]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = each.key == "gateway" ? [var.target_group_arn] : []
    content {
      target_group_arn = load_balancer.value
      container_name   = "gateway"
      container_port   = 8080
    }
  }

  dynamic "service_registries" {
    for_each = each.key == "gateway" ? [aws_service_discovery_service.gateway.arn] : []
    content {
      registry_arn = service_registries.value
    }
  }
}

output "service_names" {
  description = "ECS services of this colour, by service."
  value       = { for service, it in aws_ecs_service.this : service => it.name }
}
