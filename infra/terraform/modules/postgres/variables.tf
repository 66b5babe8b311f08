variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets in at least two zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "Who may reach it is said there."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

variable "password_secret_arn" {
  description = "Secret that holds the generated password."
  type        = string
}

variable "password_generation" {
  description = "The generation of that secret: raised, the password is set again."
  type        = number
}

variable "engine_version" {
  description = "PostgreSQL's version, major or major.minor."
  type        = string
  default     = "17"

  validation {
    condition     = can(regex("^1[6-9](\\.[0-9]+)?$", var.engine_version))
    error_message = "Cloche wants PostgreSQL 16 or newer."
  }
}

variable "instance_class" {
  description = "Size of the instance."
  type        = string
}

variable "storage_gib" {
  description = "Storage to begin with, in GiB; it grows to five times that by itself."
  type        = number

  validation {
    condition     = var.storage_gib >= 20
    error_message = "gp3 storage begins at 20 GiB."
  }
}

variable "multi_az" {
  description = "A standby in another zone."
  type        = bool
}

variable "backup_days" {
  description = "Days to which the database can be set back."
  type        = number

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "Backups are kept for 1 to 35 days; never none."
  }
}

variable "protected" {
  description = "Refuse to delete it, and take a last snapshot if it is deleted all the same."
  type        = bool
}

variable "recovery_days" {
  description = "Days in which a deleted secret can be had back."
  type        = number
}
