variable "name" {
  description = "Prefix of every name in this environment."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets, one in each zone."
  type        = list(string)
}

variable "security_group_id" {
  description = "Who may reach it is said there."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of the API's name."
  type        = string
}

variable "log_bucket" {
  description = "Bucket of access logs."
  type        = string
}

variable "protected" {
  description = "Refuse to delete it."
  type        = bool
}

variable "colours" {
  description = "Colours that exist."
  type        = set(string)

  validation {
    condition     = length(var.colours) > 0 && length(setsubtract(var.colours, ["blue", "green"])) == 0
    error_message = "Colours are blue and green, and there is at least one."
  }
}

variable "live_colour" {
  description = "The colour that clients reach."
  type        = string

  validation {
    condition     = contains(var.colours, var.live_colour)
    error_message = "The live colour has to be one that exists: deploy it first, then switch."
  }
}

variable "web_acl" {
  description = "Put a web application firewall before the API: AWS's rules for bad input, and a rate for each address."
  type        = bool
}

variable "requests_per_address" {
  description = "Requests of one address in five minutes before the firewall refuses more."
  type        = number
}
