# The way in, and the switch. Both colours hang on the same listener; the weights say which of them clients reach. To
# switch is to change the weights, and nothing else.

resource "aws_lb" "this" {
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = var.subnet_ids
  security_groups            = [var.security_group_id]
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.protected
  # Longer than the gateways' silence on a stream of events (CLOCHE_PING_SECONDS).
  idle_timeout = 120

  access_logs {
    bucket  = var.log_bucket
    prefix  = "load-balancer"
    enabled = true
  }
}

resource "aws_lb_target_group" "gateway" {
  for_each = var.colours

  name        = "${var.name}-${each.key}"
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = 8080
  # Streams of events are cut after that; clients come back with their cursor, to the live colour.
  deregistration_delay = 60

  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  # When a colour is retired, the listener lets go of it first: AWS deletes no target group that is in use.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type = "forward"
    forward {
      # A target group without a listener could not take an ECS service, so the other colour is here too, with no weight.
      dynamic "target_group" {
        for_each = aws_lb_target_group.gateway
        content {
          arn    = target_group.value.arn
          weight = target_group.key == var.live_colour ? 100 : 0
        }
      }
    }
  }
}

resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"
    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}
