# One small instance inside the network, reached by Systems Manager alone: no key, no open port. It runs the smoke test against a
# colour that clients do not reach yet.

variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, one in each zone."
  type        = list(string)
}

variable "security_group_id" {
  description = "What it may reach is said there."
  type        = string
}

variable "instance_profile" {
  description = "What it may do in AWS."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

variable "domain" {
  description = "Private domain in which gateways are found by colour."
  type        = string
}

variable "api_key_secret_arn" {
  description = "Secret with the API key that the smoke test shows."
  type        = string
}

data "aws_region" "current" {}

resource "aws_launch_template" "this" {
  name                   = "${var.name}-operations"
  image_id               = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
  instance_type          = "t4g.micro"
  update_default_version = true
  ebs_optimized          = true

  iam_instance_profile {
    name = var.instance_profile
  }

  network_interfaces {
    associate_public_ip_address = false
    security_groups             = [var.security_group_id]
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
      volume_type = "gp3"
      volume_size = 10
      encrypted   = true
      kms_key_id  = var.key_arn
    }
  }
}

resource "aws_autoscaling_group" "this" {
  name                  = "${var.name}-operations"
  vpc_zone_identifier   = var.subnet_ids
  min_size              = 1
  max_size              = 1
  max_instance_lifetime = 7 * 24 * 3600

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  # The smoke test is sent to whichever instance has this tag.
  tag {
    key                 = "cloche:role"
    value               = "${var.name}-operations"
    propagate_at_launch = true
  }
}

resource "aws_ssm_document" "smoke_test" {
  name            = "${var.name}-smoke-test"
  document_type   = "Command"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "2.2"
    description   = "Run one program through the gateways of a colour"
    # The only thing that a caller may say, and only one of two words: it stands in a shell script.
    parameters = {
      colour = { type = "String", description = "blue or green", allowedValues = ["blue", "green"] }
    }
    mainSteps = [{
      action = "aws:runShellScript"
      name   = "smoke"
      inputs = {
        timeoutSeconds = "300"
        runCommand = [
          "export CLOCHE_URL=http://gateway-{{ colour }}.${var.domain}:8080",
          "export AWS_DEFAULT_REGION=${data.aws_region.current.region}",
          "export CLOCHE_API_KEY=\"$(aws secretsmanager get-secret-value --secret-id '${var.api_key_secret_arn}' --query SecretString --output text)\"",
          "python3 - <<'PYTHON'",
          file("${path.module}/smoke_test.py"),
          "PYTHON",
        ]
      }
    }]
  })
}

output "smoke_test_document" {
  description = "Document that runs the smoke test."
  value       = aws_ssm_document.smoke_test.name
}
