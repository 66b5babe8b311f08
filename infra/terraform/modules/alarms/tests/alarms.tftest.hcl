mock_provider "aws" {}

variables {
  name           = "test"
  key_arn        = "arn:aws:kms:eu-central-1:123456789012:key/test"
  emails         = ["on-call@example.org"]
  load_balancer  = "app/test/1"
  target_groups  = { blue = "targetgroup/test-blue/1", green = "targetgroup/test-green/1" }
  database       = "test"
  nats_instances = { nats-1 = "i-1", nats-2 = "i-2", nats-3 = "i-3" }
  log_groups     = { storage = "/cloche/test/storage" }
}

run "somebody_is_told" {
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 10 && alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_actions) == 1 && alarm.alarm_description != ""])
    error_message = "Every alarm says why and tells somebody."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["database-storage"].comparison_operator == "LessThanThreshold"
    error_message = "Space runs out downwards."
  }
}
