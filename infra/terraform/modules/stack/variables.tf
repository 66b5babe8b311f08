variable "name" {
  description = "Name of the environment, and prefix of every name in it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "A name has 3 to 20 lower-case letters, digits and hyphens: load balancers take no longer ones."
  }
}

# --- What is released -------------------------------------------------------------------------------------------------

variable "colours" {
  description = "Colours that exist, each with the images that it runs, by digest, and the sizes of its executors."
  type = map(object({
    images    = object({ gateway = string, storage = string, projector = string, executor = string })
    executors = optional(object({ least = number, most = number }))
  }))

  validation {
    condition     = length(var.colours) > 0 && length(setsubtract(keys(var.colours), ["blue", "green"])) == 0
    error_message = "Colours are blue and green, and there is at least one."
  }

  validation {
    condition     = alltrue([for colour in values(var.colours) : alltrue([for digest in values(colour.images) : can(regex("^sha256:[0-9a-f]{64}$", digest))])])
    error_message = "Images are digests (sha256:…), so that what was tested is what runs."
  }
}

variable "live_colour" {
  description = "The colour that clients reach."
  type        = string

  validation {
    condition     = contains(keys(var.colours), var.live_colour)
    error_message = "The live colour has to be one that exists: deploy it first, then switch."
  }
}

# --- Where it stands --------------------------------------------------------------------------------------------------

variable "network" {
  description = "Addresses, zones, NAT gateways (single or per_zone), and who may reach the API."
  type = object({
    cidr               = string
    availability_zones = list(string)
    nat_gateways       = string
    client_cidrs       = list(string)
  })
}

variable "dns" {
  description = "Public hosted zone, and the API's name within it."
  type        = object({ zone_name = string, api_name = string })
}

# --- How large it is --------------------------------------------------------------------------------------------------

variable "services" {
  description = "Tasks, CPU units and MiB of gateway, storage and projector, in each colour."
  type        = map(object({ count = number, cpu = number, memory = number }))
}

variable "executors" {
  description = "Executors of a colour: instance types, sizes, spot, and the time to drain."
  type = object({
    instance_types = list(string)
    least          = number
    most           = number
    on_demand      = object({ base = number, percent_beyond = number })
    drain_seconds  = number
    disk_gib       = number
    slots          = number
    gvisor         = object({ release = string, sha512 = string })
  })
}

variable "nats" {
  description = "Nodes of the log. log_bytes is the size of the log, after which submissions are refused."
  type = object({
    instance_type = string
    storage_gib   = number
    log_bytes     = number
    release       = object({ version = string, sha256 = string })
  })

  # Queue and other streams lie beside the log, and a full disk is worse than a full log.
  validation {
    condition     = var.nats.log_bytes <= var.nats.storage_gib * pow(1024, 3) * 0.6
    error_message = "The log may fill 60 % of the disk: the queue and everything else needs the rest."
  }
}

variable "postgres" {
  description = "The database of the read models."
  type = object({
    instance_class = string
    storage_gib    = number
    multi_az       = bool
    backup_days    = number
  })
}

variable "archive" {
  description = "How long nothing archived can be deleted, and by whom after all."
  type        = object({ lock_days = number, lock_mode = string })
}

# --- How careful it is ------------------------------------------------------------------------------------------------

variable "protected" {
  description = "Refuse to delete what holds data; keep deleted secrets for a month."
  type        = bool
}

variable "web_acl" {
  description = "A web application firewall before the API, and the requests that one address has in five minutes."
  type        = object({ enabled = bool, requests_per_address = number })
}

variable "log_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "secret_generations" {
  description = "Raise one to have that secret made anew."
  type        = map(number)
  default     = {}
}

variable "settings" {
  description = "More settings (CLOCHE_…) of services, none of them secret: service => name => value."
  type        = map(map(string))
  default     = {}

  validation {
    condition     = alltrue([for names in values(var.settings) : alltrue([for name in keys(names) : can(regex("^CLOCHE_[A-Z0-9_]+$", name)) && !can(regex("(PASSWORD|SECRET|KEY|DSN)", name))])])
    error_message = "Settings begin with CLOCHE_; passwords, keys and database URLs come from Secrets Manager, not from here."
  }
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = list(string)
}

variable "github" {
  description = "Repository and environment on GitHub that release here; none: no role for GitHub."
  type        = object({ repository = string, environment = string, oidc_provider_arn = string, state_bucket_arn = string })
  default     = null
}
