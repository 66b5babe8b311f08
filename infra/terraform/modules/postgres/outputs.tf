output "dsn_secret_arn" {
  description = "Secret that holds the URL of the database; there is a value behind it."
  value       = aws_secretsmanager_secret.dsn.arn

  depends_on = [aws_secretsmanager_secret_version.dsn]
}

output "identifier" {
  description = "Name of the instance, for alarms."
  value       = aws_db_instance.this.identifier
}
