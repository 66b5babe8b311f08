# What somebody has to look at, on what AWS itself measures. What the services measure of themselves is Prometheus's.

variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

variable "emails" {
  description = "Who is told."
  type        = list(string)
}

variable "load_balancer" {
  description = "What metrics call the load balancer."
  type        = string
}

variable "target_groups" {
  description = "What metrics call the target group of each colour."
  type        = map(string)
}

variable "database" {
  description = "Identifier of the database."
  type        = string
}

variable "nats_instances" {
  description = "Instances by node."
  type        = map(string)
}

variable "log_groups" {
  description = "Log group by service."
  type        = map(string)
}

locals {
  alarms = merge(
    {
      database-storage = {
        why       = "the database's disk is nearly full"
        namespace = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum"
        below     = 5 * pow(1024, 3), minutes = 10, missing = "breaching"
        of        = { DBInstanceIdentifier = var.database }
      }
      database-cpu = {
        why       = "the database has been busy for a quarter of an hour"
        namespace = "AWS/RDS", metric = "CPUUtilization", statistic = "Average"
        above     = 85, minutes = 15, missing = "breaching"
        of        = { DBInstanceIdentifier = var.database }
      }
    },
    # For every colour, live or not: the other one is what a switch goes to. So a switch changes no alarm.
    { for colour, group in var.target_groups : "gateway-errors-${colour}" => {
      why       = "gateways answer with 5xx"
      namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum"
      above     = 10, minutes = 5, missing = "notBreaching"
      of        = { LoadBalancer = var.load_balancer, TargetGroup = group }
    } },
    { for colour, group in var.target_groups : "gateway-not-ready-${colour}" => {
      why       = "a gateway is not ready"
      namespace = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum"
      above     = 0, minutes = 5, missing = "breaching"
      of        = { LoadBalancer = var.load_balancer, TargetGroup = group }
    } },
    { for node, id in var.nats_instances : "${node}-down" => {
      why       = "a node of the log fails its status checks: one more, and nothing is accepted"
      namespace = "AWS/EC2", metric = "StatusCheckFailed", statistic = "Maximum"
      above     = 0, minutes = 3, missing = "breaching"
      of        = { InstanceId = id }
    } },
    { for service in keys(var.log_groups) : "${service}-stream-lost" => {
      why       = "a service says that the log is gone or is another one; it has stopped, and only people can help"
      namespace = "Cloche/${var.name}", metric = "${service}-stream-lost", statistic = "Sum"
      above     = 0, minutes = 1, missing = "notBreaching"
      of        = {}
    } },
  )
}

resource "aws_sns_topic" "this" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.key_arn
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.emails)

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_cloudwatch_log_metric_filter" "stream_lost" {
  for_each = var.log_groups

  name           = "${var.name}-${each.key}-stream-lost"
  log_group_name = each.value
  pattern        = "{ $.event = \"stream_lost\" }"

  metric_transformation {
    namespace = "Cloche/${var.name}"
    name      = "${each.key}-stream-lost"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.why
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.of
  comparison_operator = can(each.value.above) ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = try(each.value.above, each.value.below)
  period              = 60
  evaluation_periods  = each.value.minutes
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
}

output "topic_arn" {
  description = "Where alarms go."
  value       = aws_sns_topic.this.arn
}
