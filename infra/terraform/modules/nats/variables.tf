variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "subnets" {
  description = "Private subnets by zone: one node in each."
  type        = map(string)

  validation {
    condition     = length(var.subnets) == 3
    error_message = "NATS has three nodes in three zones: two of them are a quorum."
  }
}

variable "security_group_id" {
  description = "Who may reach it is said there."
  type        = string
}

variable "instance_profile" {
  description = "What a node may do in AWS."
  type        = string
}

variable "instance_type" {
  description = "Size of a node."
  type        = string
}

variable "storage_gib" {
  description = "Disk of the log on each node, in GiB. stream_max_bytes has to fit, and WORK and the other streams beside it."
  type        = number
}

variable "storage_iops" {
  description = "Every append is synced, so the disk's latency is the log's."
  type        = number
  default     = 6000
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

variable "release" {
  description = "Version of nats-server, and the SHA-256 of its linux-amd64 archive as its release lists it."
  type        = object({ version = string, sha256 = string })

  validation {
    condition     = can(regex("^2\\.1[2-9]\\.[0-9]+$", var.release.version)) && can(regex("^[0-9a-f]{64}$", var.release.sha256))
    error_message = "Cloche wants nats-server 2.12 or newer (atomic batches), and the SHA-256 of the archive in hexadecimal."
  }
}

variable "password_secret_arns" {
  description = "Secret of each user's password, by service; `cluster` is what the nodes show each other."
  type        = map(string)
}

variable "zone_id" {
  description = "Private hosted zone for the nodes' names."
  type        = string
}

variable "domain" {
  description = "Name of that zone."
  type        = string
}

variable "log_group" {
  description = "Log group of the nodes."
  type        = string
}

variable "protected" {
  description = "Refuse to end a node by the API."
  type        = bool
}
