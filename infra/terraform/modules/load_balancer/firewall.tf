locals {
  # As AWS's API takes them.
  firewall_rules = [
    {
      # Programs look like attacks, so requests to the API are not searched: such rules would refuse what Cloche is for.
      Name           = "known-bad-input"
      Priority       = 1
      OverrideAction = { None = {} }
      Statement = {
        ManagedRuleGroupStatement = {
          VendorName = "AWS"
          Name       = "AWSManagedRulesKnownBadInputsRuleSet"
          ScopeDownStatement = {
            NotStatement = {
              Statement = {
                ByteMatchStatement = {
                  SearchString         = base64encode("/v1/")
                  PositionalConstraint = "STARTS_WITH"
                  FieldToMatch         = { UriPath = {} }
                  TextTransformations  = [{ Priority = 0, Type = "NONE" }]
                }
              }
            }
          }
        }
      }
      VisibilityConfig = { SampledRequestsEnabled = true, CloudWatchMetricsEnabled = true, MetricName = "${var.name}-known-bad-input" }
    },
    {
      Name             = "rate"
      Priority         = 2
      Action           = { Block = {} }
      Statement        = { RateBasedStatement = { AggregateKeyType = "IP", Limit = var.requests_per_address } }
      VisibilityConfig = { SampledRequestsEnabled = true, CloudWatchMetricsEnabled = true, MetricName = "${var.name}-rate" }
    },
  ]
}

resource "aws_wafv2_web_acl" "this" {
  count = var.web_acl ? 1 : 0

  name        = var.name
  description = "Before the API of ${var.name}"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  rule_json = jsonencode(local.firewall_rules)

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count = var.web_acl ? 1 : 0

  resource_arn = aws_lb.this.arn
  web_acl_arn  = aws_wafv2_web_acl.this[0].arn
}
