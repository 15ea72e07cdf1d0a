# What calls the functions: subscriptions with dead letters, events of the bucket, schedules. One account for each may call one
# function.
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}

variable "project" { type = string }
variable "region" { type = string }
variable "agents" { type = map(string) }
variable "services" { type = map(object({ name = string, url = string })) }
variable "topics" { type = map(string) }
variable "subscriptions" { type = any }
variable "object_events" { type = map(string) }
variable "schedules" { type = any }
variable "time_zone" { type = string }
variable "images_bucket" { type = string }

locals {
  called = toset(concat(
    [for subscription in var.subscriptions : subscription.function],
    keys(var.object_events),
    keys(var.schedules),
  ))
  with_dead_letter   = { for name, each in var.subscriptions : name => each if can(each.deadLetter) }
  dead_letter_topics = toset([for each in local.with_dead_letter : each.deadLetter.topic])
}

resource "google_service_account" "caller" {
  for_each     = local.called
  project      = var.project
  account_id   = replace(var.services[each.key].name, "hangtag-", "call-")
  display_name = "Hangtag: calls ${each.key}"
}

resource "google_cloud_run_v2_service_iam_member" "caller" {
  for_each = local.called
  project  = var.project
  location = var.region
  name     = var.services[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.caller[each.key].member
}

# Pub/Sub signs the tokens of its requests as the caller.
resource "google_service_account_iam_member" "pubsub_signs" {
  for_each           = toset([for each in var.subscriptions : each.function])
  service_account_id = google_service_account.caller[each.key].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = var.agents["pubsub"]
}

resource "google_pubsub_subscription" "subscription" {
  for_each             = var.subscriptions
  project              = var.project
  name                 = each.key
  topic                = var.topics[each.value.topic]
  ack_deadline_seconds = each.value.ackDeadlineSeconds
  # Kept while no function answers, and never removed for lack of use.
  message_retention_duration = "604800s"
  expiration_policy {
    ttl = ""
  }

  push_config {
    # functions-framework reads the topic from the path, and prints a warning for each message if it does not find it there.
    push_endpoint = "${var.services[each.value.function].url}/projects/${var.project}/topics/${each.value.topic}"
    oidc_token {
      service_account_email = google_service_account.caller[each.value.function].email
      audience              = var.services[each.value.function].url
    }
  }

  retry_policy {
    minimum_backoff = "${each.value.retry.minSeconds}s"
    maximum_backoff = "${each.value.retry.maxSeconds}s"
  }

  dynamic "dead_letter_policy" {
    for_each = can(each.value.deadLetter) ? [each.value.deadLetter] : []
    content {
      dead_letter_topic     = var.topics[dead_letter_policy.value.topic]
      max_delivery_attempts = dead_letter_policy.value.maxDeliveryAttempts
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.caller, google_service_account_iam_member.pubsub_signs]
}

# Without these two grants Pub/Sub delivers for ever and puts nothing into the dead letter topic.
resource "google_pubsub_topic_iam_member" "dead_letters" {
  for_each = local.dead_letter_topics
  project  = var.project
  topic    = var.topics[each.key]
  role     = "roles/pubsub.publisher"
  member   = var.agents["pubsub"]
}

resource "google_pubsub_subscription_iam_member" "forwards" {
  for_each     = local.with_dead_letter
  project      = var.project
  subscription = google_pubsub_subscription.subscription[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = var.agents["pubsub"]
}

resource "google_project_iam_member" "receives_events" {
  for_each = var.object_events
  project  = var.project
  role     = "roles/eventarc.eventReceiver"
  member   = google_service_account.caller[each.key].member
}

resource "google_eventarc_trigger" "bucket" {
  for_each        = var.object_events
  project         = var.project
  location        = var.region
  name            = var.services[each.key].name
  service_account = google_service_account.caller[each.key].email

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.storage.object.v1.${each.value}"
  }
  matching_criteria {
    attribute = "bucket"
    value     = var.images_bucket
  }

  destination {
    cloud_run_service {
      service = var.services[each.key].name
      region  = var.region
    }
  }

  depends_on = [google_project_iam_member.receives_events, google_cloud_run_v2_service_iam_member.caller]
}

resource "google_cloud_scheduler_job" "schedule" {
  for_each         = var.schedules
  project          = var.project
  region           = var.region
  name             = var.services[each.key].name
  schedule         = each.value.cron
  time_zone        = var.time_zone
  attempt_deadline = "1800s"

  retry_config {
    retry_count = each.value.retries
  }

  http_target {
    http_method = "POST"
    uri         = var.services[each.key].url
    oidc_token {
      service_account_email = google_service_account.caller[each.key].email
      audience              = var.services[each.key].url
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.caller]
}
