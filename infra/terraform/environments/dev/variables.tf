variable "region" {
  description = "Region of AWS."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region looks like eu-central-1."
  }
}

# The release: the deploy workflow writes these two (release.auto.tfvars.json), people hardly ever.
variable "colours" {
  description = "Colours that exist, each with the digests of its images."
  type = map(object({
    images    = object({ gateway = string, storage = string, projector = string, executor = string })
    executors = optional(object({ least = number, most = number }))
  }))
}

variable "live_colour" {
  description = "The colour that clients reach."
  type        = string
}

variable "dns" {
  description = "Public hosted zone, and the API's name within it."
  type        = object({ zone_name = string, api_name = string })
}

variable "client_cidrs" {
  description = "Who may reach the API."
  type        = list(string)
}

variable "nats_release" {
  description = "Version of nats-server, and the SHA-256 of its linux-amd64 archive."
  type        = object({ version = string, sha256 = string })
}

variable "gvisor" {
  description = "Release of runsc, and the SHA-512 of its x86_64 binary."
  type        = object({ release = string, sha512 = string })
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = list(string)
  default     = []
}

variable "github" {
  description = "Repository and environment on GitHub that release here."
  type        = object({ repository = string, environment = string, oidc_provider_arn = string, state_bucket_arn = string })
  default     = null
}

variable "secret_generations" {
  description = "Raise one to have that secret made anew."
  type        = map(number)
  default     = {}
}

variable "settings" {
  description = "More settings (CLOCHE_…) of services: service => name => value."
  type        = map(map(string))
  default     = {}
}
