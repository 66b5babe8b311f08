variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "bucket_arn" {
  description = "ARN of the archive's bucket."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

variable "repository_arns" {
  description = "ARN of each service's repository, by service."
  type        = map(string)
}

variable "secret_arns" {
  description = "What each role may read: role => list of ARNs of secrets."
  type        = map(list(string))
}
