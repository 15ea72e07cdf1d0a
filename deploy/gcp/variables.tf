variable "project" {
  description = "Id of the Google Cloud project. It must exist and have billing."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "Expected the id of a project, 6 to 30 characters a-z, 0-9 and -, for project but received another text."
  }
}

variable "region" {
  description = "Region of everything, for example europe-west1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "Expected a region, as europe-west1, for region but received another text."
  }
}

variable "environment" {
  description = "Name of the environment. Other environments than production have it in the names of their buckets."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,14}$", var.environment))
    error_message = "Expected 2 to 15 characters a-z, 0-9 and - for environment but received another text."
  }
}

variable "image" {
  description = "Container image with its digest: every function and the API run from it."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Expected an image with a digest, NAME@sha256:..., for image but received none."
  }
}

variable "settings" {
  description = "HANGTAG_* variables of all functions; shared/src/config.ts lists them. Buckets, region and secrets are set by this configuration."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : startswith(name, "HANGTAG_")])
    error_message = "Expected names that start with HANGTAG_ for settings but received another one."
  }
}

variable "origins" {
  description = "Web origins that may upload to the image bucket and call the API, as https://app.example.com."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.origins : can(regex("^https?://[^\\s/?#@A-Z]+$", origin))])
    error_message = "Expected origins without a path, in small letters, as https://app.example.com, for origins but received another text."
  }
}

variable "alert_email" {
  description = "Address that gets the alerts of Cloud Monitoring and of the budget."
  type        = string
  default     = ""
}

variable "domain" {
  description = "Domain of the API behind a load balancer with Cloud Armor and a CDN. Empty: the API has its run.app address only."
  type        = string
  default     = ""
}

variable "requests_per_minute" {
  description = "Requests of one address to the load balancer in a minute; more get 429."
  type        = number
  default     = 600

  validation {
    condition     = var.requests_per_minute >= 10
    error_message = "Expected at least 10 for requests_per_minute but received less."
  }
}

variable "billing_account" {
  description = "Billing account for the budget, as 012345-6789AB-CDEF01. Empty: no budget."
  type        = string
  default     = ""
}

variable "budget_usd" {
  description = "Monthly budget in US dollars. Alerts are sent at 50, 90 and 100 percent, and when the forecast is above it."
  type        = number
  default     = 100

  validation {
    condition     = var.budget_usd > 0
    error_message = "Expected more than 0 for budget_usd but received less."
  }
}

variable "image_retention_days" {
  description = "Days after which the image bucket deletes an image. 0: never."
  type        = number
  default     = 30
}

variable "log_retention_days" {
  description = "Days for which the log lines of the functions are kept."
  type        = number
  default     = 90

  validation {
    condition     = var.log_retention_days >= 1 && var.log_retention_days <= 3650
    error_message = "Expected 1 to 3650 for log_retention_days but received another number."
  }
}

variable "protect_data" {
  description = "Whether Terraform refuses to delete the database and buckets that are not empty."
  type        = bool
  default     = true
}

variable "wardrobe" {
  description = "Whether to make the PostgreSQL instance of the wardrobe, and its secrets."
  type        = bool
  default     = false
}
