mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                = "test"
  colour              = "green"
  cluster_arn         = "arn:aws:ecs:eu-central-1:123456789012:cluster/test"
  subnet_ids          = ["subnet-1", "subnet-2", "subnet-3"]
  security_groups     = { gateway = "sg-1", storage = "sg-2", projector = "sg-3" }
  execution_role_arns = { gateway = "role-1", storage = "role-2", projector = "role-3" }
  task_role_arns      = { gateway = "role-4", storage = "role-5", projector = "role-6" }
  images = {
    gateway   = "r/gateway@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    storage   = "r/storage@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    projector = "r/projector@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  }
  sizes = {
    gateway   = { count = 2, cpu = 512, memory = 1024 }
    storage   = { count = 1, cpu = 512, memory = 1024 }
    projector = { count = 1, cpu = 512, memory = 1024 }
  }
  environment      = { gateway = { CLOCHE_PORT = "8080" }, storage = {}, projector = {} }
  secrets          = { gateway = { CLOCHE_API_KEY = "arn-of-the-key" }, storage = {}, projector = {} }
  log_groups       = { gateway = "g", storage = "s", projector = "p" }
  target_group_arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/test-green/1"
  namespace_id     = "ns-1"
}

run "containers_have_little" {
  assert {
    condition = alltrue([for task in aws_ecs_task_definition.this : alltrue([for container in jsondecode(task.container_definitions) :
      container.user == "10001:10001" && container.readonlyRootFilesystem && !container.privileged && container.linuxParameters.capabilities.drop == ["ALL"]
    ])])
    error_message = "No root, no writable root, no capabilities."
  }

  assert {
    condition     = alltrue([for service in aws_ecs_service.this : !service.enable_execute_command && !service.network_configuration[0].assign_public_ip])
    error_message = "No shell and no public address."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this["gateway"].container_definitions)[0].secrets == [{ name = "CLOCHE_API_KEY", valueFrom = "arn-of-the-key" }]
    error_message = "Secrets are references."
  }

  assert {
    condition     = length(aws_ecs_service.this["gateway"].load_balancer) == 1 && length(aws_ecs_service.this["storage"].load_balancer) == 0 && length(aws_ecs_service.this["projector"].load_balancer) == 0
    error_message = "Only gateways take requests."
  }

  assert {
    condition     = alltrue([for service in aws_ecs_service.this : service.deployment_circuit_breaker[0].enable && service.deployment_circuit_breaker[0].rollback])
    error_message = "A deployment that does not come up goes back."
  }
}

run "bad_values" {
  command = plan

  variables {
    images = { gateway = "r/gateway:latest", storage = "r/storage:latest", projector = "r/projector:latest" }
    sizes  = { gateway = { count = 1, cpu = 512, memory = 1024 } }
  }

  expect_failures = [var.images, var.sizes]
}
