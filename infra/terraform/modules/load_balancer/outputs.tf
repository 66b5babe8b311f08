output "dns_name" {
  description = "Name of the load balancer."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Hosted zone of that name, for an alias."
  value       = aws_lb.this.zone_id
}

output "arn_suffix" {
  description = "What metrics call the load balancer."
  value       = aws_lb.this.arn_suffix
}

output "target_groups" {
  description = "Target group of each colour, on the listener by then: its ARN, and what metrics call it."
  value       = { for colour, group in aws_lb_target_group.gateway : colour => { arn = group.arn, suffix = group.arn_suffix } }

  depends_on = [aws_lb_listener.https]
}
