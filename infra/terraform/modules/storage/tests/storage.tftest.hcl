# Planned only: what holds data refuses to be destroyed, also by a test that cleans up.
mock_provider "aws" {
  source = "../../testing"

  mock_resource "aws_s3_bucket" {
    override_during = plan
    defaults        = { arn = "arn:aws:s3:::bucket" }
  }
}

variables {
  name            = "test"
  bucket_suffix   = "123456789012"
  key_arn         = "arn:aws:kms:eu-central-1:123456789012:key/test"
  lock_days       = 365
  lock_mode       = "COMPLIANCE"
  access_log_days = 30
}

run "sealed" {
  command = plan

  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.this : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets]) && length(aws_s3_bucket_public_access_block.this) == 2
    error_message = "No bucket is public."
  }

  assert {
    condition     = aws_s3_bucket.archive.object_lock_enabled && aws_s3_bucket_object_lock_configuration.archive.rule[0].default_retention[0].days == 365
    error_message = "What is archived is locked."
  }

  assert {
    condition     = alltrue([for versioning in aws_s3_bucket_versioning.this : versioning.versioning_configuration[0].status == "Enabled"])
    error_message = "Buckets keep versions."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.archive.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    error_message = "The archive is encrypted with the environment's key."
  }

  assert {
    condition     = alltrue([for policy in [aws_s3_bucket_policy.archive.policy, aws_s3_bucket_policy.logs.policy] : jsondecode(policy).Statement[0].Effect == "Deny" && jsondecode(policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"])
    error_message = "Buckets take TLS only."
  }

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.archive.rule : length(rule.expiration) == 0])
    error_message = "Nothing current in the archive expires."
  }
}

run "bad_values" {
  command = plan

  variables {
    lock_days = 0
    lock_mode = "NONE"
  }

  expect_failures = [var.lock_days, var.lock_mode]
}
