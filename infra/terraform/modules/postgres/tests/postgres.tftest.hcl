# As in ../secrets: ephemeral resources cannot be mocked, and the real provider would refuse these credentials.
provider "aws" {
  region     = "eu-central-1"
  access_key = "none"
  secret_key = "none"
}

variables {
  name                = "test"
  subnet_ids          = ["subnet-1", "subnet-2", "subnet-3"]
  security_group_id   = "sg-1"
  key_arn             = "arn:aws:kms:eu-central-1:123456789012:key/test"
  password_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:test/postgres-password"
  password_generation = 1
  instance_class      = "db.m7g.large"
  storage_gib         = 50
  multi_az            = true
  backup_days         = 7
  protected           = true
  recovery_days       = 30
}

run "kept_well" {
  assert {
    condition     = aws_db_instance.this.storage_encrypted && !aws_db_instance.this.publicly_accessible && aws_db_instance.this.multi_az && aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot
    error_message = "Encrypted, private, in two zones, not deleted by mistake."
  }

  assert {
    condition     = aws_db_instance.this.password == null && aws_db_instance.this.password_wo == null && aws_secretsmanager_secret_version.dsn.secret_string == null
    error_message = "The password is not in the state."
  }

  assert {
    condition     = contains([for parameter in aws_db_parameter_group.this.parameter : "${parameter.name}=${parameter.value}"], "rds.force_ssl=1")
    error_message = "The database takes TLS only."
  }
}

run "bad_values" {
  command = plan

  variables {
    engine_version = "12.1"
    storage_gib    = 5
    backup_days    = 0
  }

  expect_failures = [var.engine_version, var.storage_gib, var.backup_days]
}
