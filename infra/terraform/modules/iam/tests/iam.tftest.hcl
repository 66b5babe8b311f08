mock_provider "aws" {
  source = "../../testing"
}

variables {
  name       = "test"
  bucket_arn = "arn:aws:s3:::archive"
  key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/test"
  repository_arns = {
    gateway   = "arn:aws:ecr:eu-central-1:123456789012:repository/test/gateway"
    storage   = "arn:aws:ecr:eu-central-1:123456789012:repository/test/storage"
    projector = "arn:aws:ecr:eu-central-1:123456789012:repository/test/projector"
    executor  = "arn:aws:ecr:eu-central-1:123456789012:repository/test/executor"
  }
  secret_arns = { gateway = ["s-1"], storage = ["s-2"], projector = ["s-3"], executor = ["s-4"], nats = ["s-5"], operations = ["s-6"] }
}

run "who_reads_the_archive" {
  assert {
    condition     = toset(keys(aws_iam_role_policy.archive)) == toset(["gateway", "projector", "storage"])
    error_message = "Only gateway, projector and storage touch the archive."
  }

  assert {
    condition = {
      for role, policy in aws_iam_role_policy.instance : role => [
        for statement in jsondecode(policy.policy).Statement : [statement.Action, statement.Resource] if strcontains(jsonencode(statement.Action), "s3:")
      ]
    } == { executor = [[["s3:GetObject"], ["arn:aws:s3:::archive/blobs/*"]]], nats = [], operations = [] }
    error_message = "An executor fetches large inputs and may not read the archive; no other instance has anything to do with S3."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.archive["gateway"].policy).Statement :
      statement.Resource == ["arn:aws:s3:::archive/blobs/*"] if contains(statement.Action, "s3:PutObject")
    ])
    error_message = "A gateway writes large inputs and nothing else."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.archive["projector"].policy, "s3:Put") && !strcontains(jsonencode([for policy in aws_iam_role_policy.archive : policy.policy]), "ObjectVersion")
    error_message = "A projector only reads, and nobody deletes versions."
  }
}
