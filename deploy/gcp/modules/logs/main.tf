# Log lines of the functions in a bucket of their own, and the metrics that are counted from them.
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}

variable "project" { type = string }
variable "region" { type = string }
variable "retention_days" { type = number }

locals {
  ours = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^hangtag-\""
}

resource "google_logging_project_bucket_config" "functions" {
  project        = var.project
  location       = var.region
  bucket_id      = "hangtag"
  retention_days = var.retention_days
}

resource "google_logging_project_sink" "functions" {
  project                = var.project
  name                   = "hangtag"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.functions.id}"
  filter                 = local.ours
  unique_writer_identity = true
}

# One line for each call says what was done: see functions/src/platform/middleware.ts.
resource "google_logging_metric" "outcomes" {
  project = var.project
  name    = "hangtag/outcomes"
  filter  = "${local.ours} AND jsonPayload.outcome:*"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    labels {
      key        = "function"
      value_type = "STRING"
    }
    labels {
      key        = "outcome"
      value_type = "STRING"
    }
  }
  label_extractors = {
    function = "EXTRACT(jsonPayload.function)"
    outcome  = "EXTRACT(jsonPayload.outcome)"
  }
}

output "metrics" {
  description = "Names of the metrics, once they exist."
  value       = { outcomes = google_logging_metric.outcomes.name }
}
