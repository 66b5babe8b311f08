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
    condition     = toset(keys(aws_iam_role_policy.archive)) == toset(["gateway", "storage"])
    error_message = "Only gateway and storage touch the archive."
  }

  assert {
    condition     = !strcontains(jsonencode([for policy in aws_iam_role_policy.instance : policy.policy]), "s3:")
    error_message = "No instance has anything to do with S3: an executor may not read the archive."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.archive["gateway"].policy, "s3:Put") && !strcontains(jsonencode([for policy in aws_iam_role_policy.archive : policy.policy]), "ObjectVersion")
    error_message = "A gateway only reads, and nobody deletes versions."
  }
}
