variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "colour" {
  description = "Blue or green."
  type        = string
}

variable "cluster_arn" {
  description = "ECS cluster."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, one in each zone."
  type        = list(string)
}

variable "security_groups" {
  description = "Security group ids by service."
  type        = map(string)
}

variable "execution_role_arns" {
  description = "What starts a task, by service."
  type        = map(string)
}

variable "task_role_arns" {
  description = "What a running task has, by service."
  type        = map(string)
}

variable "images" {
  description = "Image of each service, by digest."
  type        = object({ gateway = string, storage = string, projector = string })

  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("^.+@sha256:[0-9a-f]{64}$", image))])
    error_message = "Images are named by their digest (…@sha256:…), so that what was tested is what runs."
  }
}

variable "sizes" {
  description = "Tasks, CPU units and MiB of each service. Storage and projector have one active instance; others wait."
  type = map(object({
    count  = number
    cpu    = number
    memory = number
  }))

  validation {
    condition     = length(setsubtract(["gateway", "storage", "projector"], keys(var.sizes))) == 0 && alltrue([for size in values(var.sizes) : size.count >= 1])
    error_message = "gateway, storage and projector have a size each, of at least one task."
  }
}

variable "environment" {
  description = "Settings (CLOCHE_…) of each service, none of them secret."
  type        = map(map(string))
}

variable "secrets" {
  description = "Settings of each service that are secret: name => ARN of the secret."
  type        = map(map(string))
}

variable "log_groups" {
  description = "Log group of each service."
  type        = map(string)
}

variable "target_group_arn" {
  description = "Where this colour's gateways take requests from."
  type        = string
}

variable "namespace_id" {
  description = "Private namespace in which the gateways of a colour can be found, whether it is live or not."
  type        = string
}
