# The archive: what was sealed cannot be changed or deleted before its time, by anybody who runs the services.

variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "bucket_suffix" {
  description = "Makes bucket names unique in the world, such as the account id."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

variable "lock_days" {
  description = "Days for which no version of an archived object can be deleted."
  type        = number

  validation {
    condition     = var.lock_days >= 1 && var.lock_days <= 36500
    error_message = "lock_days is from 1 day to a hundred years."
  }
}

variable "lock_mode" {
  description = "GOVERNANCE can be lifted by a named permission; COMPLIANCE by nobody, also not by the account's root."
  type        = string

  validation {
    condition     = contains(["GOVERNANCE", "COMPLIANCE"], var.lock_mode)
    error_message = "lock_mode is GOVERNANCE or COMPLIANCE."
  }
}

variable "access_log_days" {
  description = "Days that access logs are kept."
  type        = number
}

locals {
  buckets = {
    archive = aws_s3_bucket.archive
    logs    = aws_s3_bucket.logs
  }
}

resource "aws_s3_bucket" "archive" {
  bucket              = "${var.name}-archive-${var.bucket_suffix}"
  object_lock_enabled = true

  lifecycle {
    prevent_destroy = true
  }
}

# Access logs of the archive and of the load balancer.
resource "aws_s3_bucket" "logs" {
  bucket = "${var.name}-logs-${var.bucket_suffix}"
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = each.value.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = each.value.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key_arn
    }
  }
}

# Load balancers can write their logs only under S3's own keys.
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    default_retention {
      mode = var.lock_mode
      days = var.lock_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

# The manifest is overwritten with every segment; its old versions go when the lock lets them.
resource "aws_s3_bucket_lifecycle_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    id     = "superseded"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.lock_days + 1
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  # Output is read in the first weeks, if at all; segments are read by rebuilds.
  rule {
    id     = "seldom-read"
    status = "Enabled"
    filter {}
    transition {
      days          = 60
      storage_class = "INTELLIGENT_TIERING"
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "expire"
    status = "Enabled"
    filter {}
    expiration {
      days = var.access_log_days
    }
    noncurrent_version_expiration {
      noncurrent_days = 1
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "archive" {
  bucket        = aws_s3_bucket.archive.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "archive/"
}
