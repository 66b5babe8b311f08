output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "public_subnets" {
  description = "Subnet ids by zone, for the load balancer."
  value       = { for zone, subnet in aws_subnet.public : zone => subnet.id }
}

output "private_subnets" {
  description = "Subnet ids by zone, for everything else."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "security_groups" {
  description = "Security group ids by role."
  value       = { for role, group in aws_security_group.this : role => group.id }
}
