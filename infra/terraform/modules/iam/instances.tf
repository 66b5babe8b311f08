# Instances: executors, NATS nodes and the operations host. Systems Manager is the only way in.

locals {
  instances = {
    executor = concat(
      local.pull["executor"],
      local.read_secrets["executor"],
      [
        local.write_log["executor"],
        {
          # The environment's key, with which they are encrypted, comes with the secrets.
          Sid      = "FetchLargeInputs"
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = [local.blobs]
        },
        {
          # Only of groups of this environment: an executor tells its own group that it has drained.
          Sid      = "SayThatItHasDrained"
          Effect   = "Allow"
          Action   = ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"]
          Resource = ["arn:aws:autoscaling:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:autoScalingGroup:*:autoScalingGroupName/${var.name}-executor-*"]
        },
      ],
    )
    nats       = concat(local.read_secrets["nats"], [local.write_log["nats"]])
    operations = local.read_secrets["operations"]
  }
}

resource "aws_iam_role" "instance" {
  for_each = local.instances

  name               = "${var.name}-${each.key}"
  assume_role_policy = local.trust.ec2
}

resource "aws_iam_role_policy" "instance" {
  for_each = local.instances

  name = "work"
  role = aws_iam_role.instance[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value
  })
}

resource "aws_iam_role_policy_attachment" "systems_manager" {
  for_each = aws_iam_role.instance

  role       = each.value.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "this" {
  for_each = aws_iam_role.instance

  name = each.value.name
  role = each.value.name
}

output "execution_role_arns" {
  description = "What starts a task, by service."
  value       = { for service, role in aws_iam_role.execution : service => role.arn }
}

output "task_role_arns" {
  description = "What a running task has, by service."
  value       = { for service, role in aws_iam_role.task : service => role.arn }
}

output "instance_profiles" {
  description = "Names of instance profiles, by role."
  value       = { for role, profile in aws_iam_instance_profile.this : role => profile.name }
}

output "instance_role_arns" {
  description = "Roles of instances, by role."
  value       = { for role, it in aws_iam_role.instance : role => it.arn }
}
