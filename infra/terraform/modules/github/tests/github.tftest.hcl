mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                = "test"
  repository          = "example/cloche"
  github_environment  = "prod"
  oidc_provider_arn   = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  repository_arns     = { gateway = "arn:aws:ecr:eu-central-1:123456789012:repository/test/gateway" }
  state_bucket_arn    = "arn:aws:s3:::state"
  archive_bucket_arn  = "arn:aws:s3:::archive"
  task_role_arns      = ["arn:aws:iam::123456789012:role/test-gateway"]
  instance_role_arns  = ["arn:aws:iam::123456789012:role/test-executor"]
  database_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:test/postgres-password"
  key_arn             = "arn:aws:kms:eu-central-1:123456789012:key/test"
}

run "only_this_repository" {
  assert {
    condition = alltrue([for role in aws_iam_role.this :
      jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:example/cloche:environment:prod"
    ])
    error_message = "Roles are for one repository and one environment, and not for a pattern."
  }

  assert {
    condition     = toset(flatten([for statement in jsondecode(aws_iam_role_policy.this["images"].policy).Statement : [for action in statement.Action : split(":", action)[0]]])) == toset(["ecr"])
    error_message = "Who pushes images can do nothing else."
  }
}

run "bad_values" {
  command = plan

  variables {
    repository = "example/*"
  }

  expect_failures = [var.repository]
}
