# What GitHub's workflows may do, by short-lived tokens (OIDC): one role pushes images, one releases. Neither has a key that could
# be lost, and only jobs of the named repository and GitHub environment get in.

variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "repository" {
  description = "Repository on GitHub, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.repository))
    error_message = "The repository is owner/name, without wildcards."
  }
}

variable "github_environment" {
  description = "Environment on GitHub whose jobs may assume the roles."
  type        = string
}

variable "oidc_provider_arn" {
  description = "The account's OIDC provider for token.actions.githubusercontent.com."
  type        = string
}

variable "repository_arns" {
  description = "Repositories of images, by service."
  type        = map(string)
}

variable "state_bucket_arn" {
  description = "Bucket with Terraform's state."
  type        = string
}

variable "archive_bucket_arn" {
  description = "Bucket of the archive, which no workflow may read."
  type        = string
}

variable "task_role_arns" {
  description = "Roles that releases hand to ECS."
  type        = list(string)
}

variable "instance_role_arns" {
  description = "Roles that releases hand to instances."
  type        = list(string)
}

variable "database_secret_arn" {
  description = "Secret with the database's password."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.region
  here    = "${local.region}:${local.account}"

  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = var.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = "repo:${var.repository}:environment:${var.github_environment}"
      } }
    }]
  })

  push = [
    {
      # AWS takes only "*" here.
      Sid      = "LogInToTheRegistry"
      Effect   = "Allow"
      Action   = ["ecr:GetAuthorizationToken"]
      Resource = ["*"]
    },
    {
      Sid    = "PushImages"
      Effect = "Allow"
      Action = [
        "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage",
        "ecr:BatchGetImage", "ecr:DescribeImages",
      ]
      Resource = values(var.repository_arns)
    },
  ]

  # What a release changes: the services and executors of a colour, and the weights of the listener. The rest of the environment
  # is for people. Creation of task definitions and launch templates cannot be limited to a resource, so it is by tag or name
  # where AWS allows it.
  release = [
    {
      Sid    = "Services"
      Effect = "Allow"
      Action = ["ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService", "ecs:TagResource"]
      Resource = [
        "arn:aws:ecs:${local.here}:service/${var.name}/*",
        "arn:aws:ecs:${local.here}:cluster/${var.name}",
      ]
    },
    {
      # AWS takes only "*" for deregistering.
      Sid      = "TaskDefinitions"
      Effect   = "Allow"
      Action   = ["ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition"]
      Resource = ["*"]
    },
    {
      Sid    = "TheSwitch"
      Effect = "Allow"
      Action = ["elasticloadbalancing:ModifyListener", "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:AddTags"]
      Resource = [
        "arn:aws:elasticloadbalancing:${local.here}:listener/app/${var.name}/*",
        "arn:aws:elasticloadbalancing:${local.here}:targetgroup/${var.name}-*/*",
      ]
    },
    {
      Sid    = "Executors"
      Effect = "Allow"
      Action = ["autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup", "autoscaling:DeleteAutoScalingGroup", "autoscaling:StartInstanceRefresh", "autoscaling:CancelInstanceRefresh", "autoscaling:PutScalingPolicy", "autoscaling:DeletePolicy", "autoscaling:PutLifecycleHook", "autoscaling:CreateOrUpdateTags"]
      Resource = [
        "arn:aws:autoscaling:${local.here}:autoScalingGroup:*:autoScalingGroupName/${var.name}-executor-*",
      ]
    },
    {
      Sid    = "LaunchTemplates"
      Effect = "Allow"
      Action = ["ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate", "ec2:DeleteLaunchTemplate", "ec2:RunInstances", "ec2:CreateTags"]
      Resource = [
        "arn:aws:ec2:${local.here}:launch-template/*", "arn:aws:ec2:${local.here}:instance/*", "arn:aws:ec2:${local.here}:volume/*",
        "arn:aws:ec2:${local.here}:network-interface/*", "arn:aws:ec2:${local.here}:subnet/*", "arn:aws:ec2:${local.here}:security-group/*",
        "arn:aws:ec2:${local.region}::image/*",
      ]
    },
    {
      Sid      = "Names"
      Effect   = "Allow"
      Action   = ["servicediscovery:CreateService", "servicediscovery:UpdateService", "servicediscovery:DeleteService", "servicediscovery:TagResource"]
      Resource = ["arn:aws:servicediscovery:${local.here}:namespace/*", "arn:aws:servicediscovery:${local.here}:service/*"]
    },
    {
      Sid       = "HandRolesToTasks"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = var.task_role_arns
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    },
    {
      Sid       = "HandRolesToInstances"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = var.instance_role_arns
      Condition = { StringEquals = { "iam:PassedToService" = "ec2.amazonaws.com" } }
    },
    {
      Sid      = "SmokeTest"
      Effect   = "Allow"
      Action   = ["ssm:SendCommand"]
      Resource = ["arn:aws:ssm:${local.here}:document/${var.name}-smoke-test"]
    },
    {
      Sid       = "SmokeTestOnTheOperationsHost"
      Effect    = "Allow"
      Action    = ["ssm:SendCommand"]
      Resource  = ["arn:aws:ec2:${local.here}:instance/*"]
      Condition = { StringEquals = { "ssm:resourceTag/cloche:role" = "${var.name}-operations" } }
    },
    {
      Sid      = "WhatIsReleased"
      Effect   = "Allow"
      Action   = ["ssm:PutParameter", "ssm:GetParameters"]
      Resource = ["arn:aws:ssm:${local.here}:parameter/cloche/${var.name}/release"]
    },
    {
      Sid      = "State"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      Resource = ["${var.state_bucket_arn}/${var.name}/*"]
    },
    {
      Sid      = "StateBucket"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = [var.state_bucket_arn]
    },
    {
      # Reading is broad, for Terraform compares everything that it manages; what tenants own is shut again.
      Sid      = "NotTheArchive"
      Effect   = "Deny"
      Action   = ["s3:GetObject", "s3:GetObjectVersion"]
      Resource = ["${var.archive_bucket_arn}/*"]
    },
    {
      # Terraform opens its ephemeral values in every plan: a fresh random one, and the database's password.
      Sid      = "EphemeralValues"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetRandomPassword"]
      Resource = ["*"]
    },
    {
      Sid      = "DatabasePassword"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = [var.database_secret_arn]
    },
    {
      Sid      = "DecryptIt"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = [var.key_arn]
    },
    {
      Sid         = "NoOtherSecret"
      Effect      = "Deny"
      Action      = ["secretsmanager:GetSecretValue"]
      NotResource = [var.database_secret_arn]
    },
  ]
}

resource "aws_iam_role" "this" {
  for_each = toset(["images", "release"])

  name                 = "${var.name}-github-${each.key}"
  assume_role_policy   = local.trust
  max_session_duration = 3600 * 2
}

resource "aws_iam_role_policy" "this" {
  for_each = toset(["images", "release"])

  name   = each.key
  role   = aws_iam_role.this[each.key].id
  policy = each.key == "images" ? jsonencode({ Version = "2012-10-17", Statement = local.push }) : jsonencode({ Version = "2012-10-17", Statement = local.release })
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.this["release"].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

output "role_arns" {
  description = "Roles by what they are for."
  value       = { for purpose, role in aws_iam_role.this : purpose => role.arn }
}
