variable "region" {
  description = "Region of everything, for example eu-central-1."
  type        = string
}

variable "image" {
  description = "Container image with its digest, in a registry that ECS can reach."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Expected an image with a digest, NAME@sha256:..., for image but received none."
  }
}

variable "vpc_id" {
  description = "VPC of the service."
  type        = string
}

variable "public_subnets" {
  description = "Subnets of the load balancer, in two zones or more."
  type        = list(string)

  validation {
    condition     = length(var.public_subnets) >= 2
    error_message = "Expected two or more subnets for public_subnets but received fewer."
  }
}

variable "private_subnets" {
  description = "Subnets of the containers, with a way to the registry."
  type        = list(string)

  validation {
    condition     = length(var.private_subnets) >= 1
    error_message = "Expected one or more subnets for private_subnets but received none."
  }
}

variable "certificate_arn" {
  description = "Certificate of AWS Certificate Manager for the domain of the API."
  type        = string

  validation {
    condition     = startswith(var.certificate_arn, "arn:aws:acm:")
    error_message = "Expected arn:aws:acm:... for certificate_arn but received another text."
  }
}

variable "settings" {
  description = "HANGTAG_* variables of the API; shared/src/config.ts lists them."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : startswith(name, "HANGTAG_")])
    error_message = "Expected names that start with HANGTAG_ for settings but received another one."
  }
}

variable "containers" {
  description = "Fewest and most containers."
  type        = object({ min = number, max = number })
  default     = { min = 2, max = 10 }

  validation {
    condition     = var.containers.min >= 1 && var.containers.max >= var.containers.min
    error_message = "Expected 1 <= min <= max for containers but received other numbers."
  }
}

variable "requests_per_five_minutes" {
  description = "Requests of one address in five minutes; more are blocked."
  type        = number
  default     = 3000
}

variable "log_retention_days" {
  type    = number
  default = 90
}

variable "alarm_topic_arn" {
  description = "SNS topic that gets the alarms. Empty: no one is notified."
  type        = string
  default     = ""
}
