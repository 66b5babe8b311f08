# Ephemeral resources cannot be mocked, so the provider itself answers. With these credentials the real one would refuse to.
provider "aws" {
  region     = "eu-central-1"
  access_key = "none"
  secret_key = "none"
}

variables {
  name          = "test"
  key_arn       = "arn:aws:kms:eu-central-1:123456789012:key/test"
  generations   = { api-key = 1, postgres-password = 2 }
  recovery_days = 30
}

run "values_are_nowhere" {
  assert {
    condition     = alltrue([for version in aws_secretsmanager_secret_version.this : version.secret_string_wo == null && version.secret_string == null])
    error_message = "No value is in the state."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.this["postgres-password"].secret_string_wo_version == 2
    error_message = "The generation decides when a value is made anew."
  }
}

run "bad_values" {
  command = plan

  variables {
    generations = { api-key = 0 }
  }

  expect_failures = [var.generations]
}
