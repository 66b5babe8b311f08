variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "cidr" {
  description = "Addresses of the network; a /16 to /20, so that each subnet keeps room."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 20, false)
    error_message = "The network takes an IPv4 range from /16 to /20, such as 10.20.0.0/16."
  }
}

variable "availability_zones" {
  description = "Three zones: NATS keeps its quorum when one is lost."
  type        = list(string)

  validation {
    condition     = length(distinct(var.availability_zones)) == 3
    error_message = "Cloche wants three different availability zones, one for each NATS node."
  }
}

variable "nat_gateways" {
  description = "`single` is cheap and lost with its zone; `per_zone` is for production."
  type        = string

  validation {
    condition     = contains(["single", "per_zone"], var.nat_gateways)
    error_message = "nat_gateways is single or per_zone."
  }
}

variable "client_cidrs" {
  description = "Who may reach the load balancer."
  type        = list(string)

  validation {
    condition     = length(var.client_cidrs) > 0 && alltrue([for cidr in var.client_cidrs : can(cidrhost(cidr, 0))])
    error_message = "client_cidrs takes at least one IPv4 range."
  }
}

variable "key_arn" {
  description = "KMS key of the environment."
  type        = string
}

variable "log_days" {
  description = "Days that flow logs are kept."
  type        = number
}
