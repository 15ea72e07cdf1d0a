# Alerts of deploy/alerts.json, a dashboard, the check from outside, the objective of the API and the budget.
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}

variable "project" { type = string }
variable "environment" { type = string }
variable "alert_email" { type = string }
variable "api_host" { type = string }
variable "billing_account" { type = string }
variable "budget_usd" { type = number }
# The alerts wait for these metrics.
variable "log_metrics" { type = map(string) }

locals {
  alerts   = jsondecode(file("${path.module}/../../../alerts.json"))
  channels = [for channel in google_monitoring_notification_channel.email : channel.id]
}

resource "google_monitoring_notification_channel" "email" {
  count        = var.alert_email == "" ? 0 : 1
  project      = var.project
  display_name = "Hangtag alerts"
  type         = "email"
  labels       = { email_address = var.alert_email }
}

resource "google_monitoring_alert_policy" "alert" {
  for_each              = local.alerts
  project               = var.project
  display_name          = "Hangtag: ${each.value.title}"
  combiner              = "OR"
  notification_channels = local.channels

  dynamic "conditions" {
    for_each = can(each.value.absentSeconds) ? [] : [each.value]
    content {
      display_name = conditions.value.title
      condition_threshold {
        filter          = conditions.value.filter
        comparison      = can(conditions.value.below) ? "COMPARISON_LT" : "COMPARISON_GT"
        threshold_value = try(conditions.value.above, conditions.value.below)
        duration        = "${conditions.value.forSeconds}s"
        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = conditions.value.aligner
          cross_series_reducer = conditions.value.reducer
          group_by_fields      = [conditions.value.by]
        }
        trigger {
          count = 1
        }
      }
    }
  }

  dynamic "conditions" {
    for_each = can(each.value.absentSeconds) ? [each.value] : []
    content {
      display_name = conditions.value.title
      condition_absent {
        filter   = conditions.value.filter
        duration = "${conditions.value.absentSeconds}s"
        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = conditions.value.aligner
          cross_series_reducer = conditions.value.reducer
          group_by_fields      = [conditions.value.by]
        }
        trigger {
          count = 1
        }
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "What to look at and what to type: docs/operations.md, section \"${each.key}\"."
  }

  user_labels = { alert = each.key, environment = var.environment }
  depends_on  = [var.log_metrics, google_monitoring_uptime_check_config.api]
}

resource "google_monitoring_uptime_check_config" "api" {
  project      = var.project
  display_name = "Hangtag: the API"
  timeout      = "10s"
  period       = "300s"

  http_check {
    path         = "/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = var.api_host }
  }
}

resource "google_monitoring_custom_service" "api" {
  project      = var.project
  service_id   = "hangtag-api"
  display_name = "Hangtag: the API"
}

resource "google_monitoring_slo" "api" {
  project             = var.project
  service             = google_monitoring_custom_service.api.service_id
  slo_id              = "answers"
  display_name        = "99.5 % of the answers are no error of the server, in 28 days"
  goal                = 0.995
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      total_service_filter = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"hangtag-api\" AND metric.type=\"run.googleapis.com/request_count\""
      bad_service_filter   = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"hangtag-api\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\""
    }
  }
}

resource "google_billing_budget" "month" {
  count           = var.billing_account == "" ? 0 : 1
  billing_account = var.billing_account
  display_name    = "Hangtag: ${var.project}"

  budget_filter {
    projects = ["projects/${var.project}"]
  }

  amount {
    specified_amount {
      currency_code = "USD"
      units         = tostring(floor(var.budget_usd))
    }
  }

  dynamic "threshold_rules" {
    for_each = { half = 0.5, most = 0.9, all = 1 }
    content {
      threshold_percent = threshold_rules.value
    }
  }
  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  dynamic "all_updates_rule" {
    for_each = length(local.channels) == 0 ? [] : [1]
    content {
      monitoring_notification_channels = local.channels
    }
  }
}

output "dashboard" {
  value = google_monitoring_dashboard.hangtag.id
}
