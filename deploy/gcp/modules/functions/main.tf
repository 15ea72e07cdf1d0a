# One Cloud Run service and one account for each function, with the roles of the table and no other.
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}

variable "project" { type = string }
variable "region" { type = string }
variable "image" { type = string }
variable "functions" { type = any }
variable "topics" { type = list(string) }
variable "secrets" { type = set(string) }
variable "database" { type = string }
variable "images_bucket" { type = string }
variable "reports_bucket" { type = string }
variable "models_bucket" { type = string }
variable "behind_balancer" { type = bool }
variable "settings" { type = map(string) }
# The instance of Cloud SQL, for the functions with roles on it.
variable "wardrobe" { type = object({ name = string, connection = string }) }

resource "google_pubsub_topic" "topic" {
  for_each = toset(var.topics)
  project  = var.project
  name     = each.key
  # A message can be delivered again for a week after it was acknowledged.
  message_retention_duration = "604800s"
}

resource "google_secret_manager_secret" "secret" {
  for_each  = var.secrets
  project   = var.project
  secret_id = each.key
  replication {
    auto {}
  }
}

# "none": what needs the secret is off. A service cannot start if one of its secrets has no version.
resource "google_secret_manager_secret_version" "none" {
  for_each    = google_secret_manager_secret.secret
  secret      = each.value.id
  secret_data = "none"

  lifecycle {
    ignore_changes = [enabled]
  }
}

resource "google_service_account" "function" {
  for_each     = var.functions
  project      = var.project
  account_id   = each.value.serviceAccount
  display_name = "Hangtag: ${each.key}"
}

resource "google_cloud_run_v2_service" "function" {
  for_each = var.functions
  project  = var.project
  location = var.region
  # Names of services have no upper case letters.
  name                = each.value.serviceAccount
  deletion_protection = false
  ingress = (
    each.value.trigger != "public-request" ? "INGRESS_TRAFFIC_INTERNAL_ONLY" :
    var.behind_balancer ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_ALL"
  )

  template {
    service_account                  = google_service_account.function[each.key].email
    timeout                          = "${each.value.timeoutSeconds}s"
    max_instance_request_concurrency = each.value.concurrency

    scaling {
      max_instance_count = each.value.maxInstances
    }

    containers {
      image = var.image

      resources {
        limits = {
          cpu    = tostring(each.value.cpu)
          memory = trimsuffix(each.value.memory, "B")
        }
        startup_cpu_boost = true
      }

      env {
        name  = "FUNCTION_TARGET"
        value = each.key
      }
      env {
        name  = "GCLOUD_PROJECT"
        value = var.project
      }
      dynamic "env" {
        for_each = merge(
          var.settings,
          contains(each.value.roles[*].on, "wardrobe-database") ? { HANGTAG_CLOUD_SQL_INSTANCE = var.wardrobe.connection } : {},
        )
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = toset(each.value.secrets)
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.secret[env.key].secret_id
              version = "latest"
            }
          }
        }
      }
    }
  }

  # A service does not start before its account may read its secrets.
  depends_on = [google_secret_manager_secret_version.none, google_secret_manager_secret_iam_member.secret]
}

resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = { for name, function in var.functions : name => function if function.trigger == "public-request" }
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.function[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

output "topics" {
  description = "Ids of the topics by name."
  value       = { for name, topic in google_pubsub_topic.topic : name => topic.id }
}

output "accounts" {
  description = "Addresses of the service accounts by function."
  value       = { for name, account in google_service_account.function : name => account.email }
}

output "services" {
  description = "By function: name and address of its service."
  value = {
    for name, service in google_cloud_run_v2_service.function : name => {
      name = service.name
      url  = service.uri
    }
  }
}
