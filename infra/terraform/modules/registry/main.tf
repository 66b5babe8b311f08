# A repository of images for each service. A tag never moves: what ran yesterday under a name is what is there today.

variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "services" {
  description = "Services that have an image."
  type        = set(string)
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

resource "aws_ecr_repository" "this" {
  for_each = var.services

  name                 = "${var.name}/${each.key}"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = aws_ecr_repository.this

  repository = each.value.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "layers that no tag leads to"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "a year of releases, so that any of them can be gone back to"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 400 }
        action       = { type = "expire" }
      },
    ]
  })
}

output "repository_urls" {
  description = "Where each service's images are, by service."
  value       = { for service, repository in aws_ecr_repository.this : service => repository.repository_url }
}

output "repository_arns" {
  description = "ARN of each service's repository, by service."
  value       = { for service, repository in aws_ecr_repository.this : service => repository.arn }
}
