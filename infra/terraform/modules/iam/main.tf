# Who may do what. A task has two roles: the execution role fetches its image, secrets and log stream before it starts; the
# task role is what the running service has.

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  tasks      = toset(["gateway", "storage", "projector"])
  log_groups = "arn:aws:logs:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:log-group:/cloche/${var.name}"

  # Only these touch the archive. None may delete versions or lift a lock.
  archive = {
    gateway   = ["s3:GetObject"]
    projector = ["s3:GetObject"]
    storage   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
  }
  # Large inputs: gateways take them, executors fetch them (ADR 0014).
  blobs = "${var.bucket_arn}/blobs/*"

  trust = { for service in ["ecs-tasks", "ec2"] : service => jsonencode({
    Version = "2012-10-17"
    Statement = [merge(
      {
        Effect    = "Allow"
        Principal = { Service = "${service}.amazonaws.com" }
        Action    = "sts:AssumeRole"
      },
      service == "ec2" ? {} : {
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
      },
    )]
  }) }

  # Statements that roles share. GetAuthorizationToken knows no resource: AWS takes only "*" there.
  pull = { for service, arn in var.repository_arns : service => [
    {
      Sid      = "LogInToTheRegistry"
      Effect   = "Allow"
      Action   = ["ecr:GetAuthorizationToken"]
      Resource = ["*"]
    },
    {
      Sid      = "PullItsImage"
      Effect   = "Allow"
      Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
      Resource = [arn]
    },
  ] }
  read_secrets = { for role, arns in var.secret_arns : role => [
    {
      Sid      = "ReadItsSecrets"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = arns
    },
    {
      Sid      = "DecryptThem"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = [var.key_arn]
    },
  ] }
  write_log = { for role in ["gateway", "storage", "projector", "executor", "nats"] : role => {
    Sid      = "WriteItsLog"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = ["${local.log_groups}/${role}:*"]
  } }
}

resource "aws_iam_role" "execution" {
  for_each = local.tasks

  name               = "${var.name}-${each.key}-execution"
  assume_role_policy = local.trust.ecs-tasks
}

resource "aws_iam_role_policy" "execution" {
  for_each = local.tasks

  name = "start"
  role = aws_iam_role.execution[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.pull[each.key], local.read_secrets[each.key], [local.write_log[each.key]])
  })
}

resource "aws_iam_role" "task" {
  for_each = local.tasks

  name               = "${var.name}-${each.key}"
  assume_role_policy = local.trust.ecs-tasks
}

resource "aws_iam_role_policy" "archive" {
  for_each = local.archive

  name = "archive"
  role = aws_iam_role.task[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "Objects"
        Effect   = "Allow"
        Action   = each.value
        Resource = ["${var.bucket_arn}/*"]
      },
      {
        Sid      = "Bucket"
        Effect   = "Allow"
        Action   = concat(["s3:ListBucket"], each.key == "storage" ? ["s3:ListBucketMultipartUploads"] : [])
        Resource = [var.bucket_arn]
      },
      {
        Sid      = "Key"
        Effect   = "Allow"
        Action   = concat(["kms:Decrypt"], each.key == "projector" ? [] : ["kms:GenerateDataKey"])
        Resource = [var.key_arn]
      },
      ], each.key != "gateway" ? [] : [
      {
        Sid      = "TakeLargeInputs"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = [local.blobs]
      },
    ])
  })
}
