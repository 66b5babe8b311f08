variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "colour" {
  description = "Blue or green."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, one in each zone."
  type        = list(string)
}

variable "security_group_id" {
  description = "What an executor may reach is said there."
  type        = string
}

variable "instance_profile" {
  description = "What an executor's host may do in AWS."
  type        = string
}

variable "image" {
  description = "Image of the executor, by digest."
  type        = string

  validation {
    condition     = can(regex("^.+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image is named by its digest (…@sha256:…)."
  }
}

variable "environment" {
  description = "Settings (CLOCHE_…) of the executor, none of them secret."
  type        = map(string)
}

variable "nats_password_secret_arn" {
  description = "Secret with the executor's NATS password."
  type        = string
}

variable "gvisor" {
  description = "Release of runsc and the SHA-512 of its binary: https://gvisor.dev/docs/user_guide/install says where both are."
  type        = object({ release = string, sha512 = string })

  validation {
    condition     = can(regex("^[0-9]{8}(\\.[0-9]+)?$", var.gvisor.release)) && can(regex("^[0-9a-f]{128}$", var.gvisor.sha512))
    error_message = "A release looks like 20260720.0, its SHA-512 is 128 hexadecimal digits."
  }
}

variable "instance_types" {
  description = "Types that will do, best first. Several, so that spot capacity is found."
  type        = list(string)

  validation {
    condition     = length(var.instance_types) >= 1
    error_message = "At least one instance type."
  }
}

variable "size" {
  description = "Least and most instances."
  type        = object({ least = number, most = number })

  validation {
    condition     = var.size.least >= 0 && var.size.most >= max(1, var.size.least)
    error_message = "least is from 0, most is at least 1 and not under least."
  }
}

variable "on_demand" {
  description = "Instances that are never spot, and the share in percent of those beyond that are not spot either."
  type        = object({ base = number, percent_beyond = number })

  validation {
    condition     = var.on_demand.base >= 0 && var.on_demand.percent_beyond >= 0 && var.on_demand.percent_beyond <= 100
    error_message = "base is from 0, percent_beyond from 0 to 100."
  }
}

variable "drain_seconds" {
  description = "Time for running programs to end when an instance has to go (CLOCHE_DRAIN_SECONDS)."
  type        = number

  validation {
    condition     = var.drain_seconds >= 0 && var.drain_seconds <= 7200 - 60
    error_message = "An instance is kept for two hours at most."
  }

  # A spot instance is gone two minutes after the notice; a poll, the stop and the last appends need the rest.
  validation {
    condition     = var.on_demand.percent_beyond == 100 || var.drain_seconds <= 90
    error_message = "Spot instances have two minutes: drain_seconds is 90 at most, or percent_beyond 100."
  }
}

variable "disk_gib" {
  description = "Disk of an instance: images and sandboxes."
  type        = number
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

variable "log_group" {
  description = "Log group of the executors."
  type        = string
}
