mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                 = "test"
  vpc_id               = "vpc-1"
  subnet_ids           = ["subnet-1", "subnet-2", "subnet-3"]
  security_group_id    = "sg-1"
  certificate_arn      = "arn:aws:acm:eu-central-1:123456789012:certificate/test"
  log_bucket           = "logs"
  protected            = true
  colours              = ["blue", "green"]
  live_colour          = "blue"
  web_acl              = true
  requests_per_address = 1000
}

run "only_the_live_colour" {
  assert {
    condition     = { for target in one(aws_lb_listener.https.default_action[0].forward).target_group : target.arn => target.weight } == { (aws_lb_target_group.gateway["blue"].arn) = 100, (aws_lb_target_group.gateway["green"].arn) = 0 }
    error_message = "Blue gets everything; green is on the listener and gets nothing."
  }

  assert {
    condition     = startswith(aws_lb_listener.https.ssl_policy, "ELBSecurityPolicy-TLS13-1-2") && aws_lb_listener.redirect.default_action[0].type == "redirect"
    error_message = "TLS 1.2 at least, and HTTP only leads there."
  }

  assert {
    condition     = aws_lb.this.access_logs[0].enabled && aws_lb.this.drop_invalid_header_fields && aws_lb.this.enable_deletion_protection
    error_message = "Access is logged, malformed headers are dropped, the load balancer is protected."
  }
}

run "the_switch" {
  variables {
    live_colour = "green"
  }

  assert {
    condition     = { for target in one(aws_lb_listener.https.default_action[0].forward).target_group : target.arn => target.weight } == { (aws_lb_target_group.gateway["blue"].arn) = 0, (aws_lb_target_group.gateway["green"].arn) = 100 }
    error_message = "Green gets everything; blue stays, to go back to."
  }

  assert {
    condition     = run.only_the_live_colour.target_groups == output.target_groups
    error_message = "No target group is made anew by a switch."
  }
}

run "a_colour_that_is_not_there" {
  command = plan

  variables {
    colours     = ["blue"]
    live_colour = "green"
  }

  expect_failures = [var.live_colour]
}

run "another_colour" {
  command = plan

  variables {
    colours = ["blue", "red"]
  }

  expect_failures = [var.colours]
}
