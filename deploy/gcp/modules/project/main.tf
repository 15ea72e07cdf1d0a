# APIs and service agents. Everything else needs them, so the outputs wait until all of them exist.
terraform {
  required_providers {
    google      = { source = "hashicorp/google" }
    google-beta = { source = "hashicorp/google-beta" }
    time        = { source = "hashicorp/time" }
  }
}

variable "project" { type = string }
variable "region" { type = string }
variable "wardrobe" { type = bool }

locals {
  apis = concat([
    "artifactregistry", "cloudbilling", "billingbudgets", "cloudresourcemanager", "cloudscheduler", "compute", "eventarc", "firebase",
    "firebaserules", "firebasestorage", "firestore", "iam", "iamcredentials", "logging", "monitoring", "pubsub", "run", "secretmanager",
    "serviceusage", "storage",
  ], var.wardrobe ? ["sqladmin"] : [])
  # Agents that act for this configuration, each with the role that Google grants it on its own in time. A fresh project
  # does not have the accounts: asking for the identity makes them, so that they can be granted something.
  agents = {
    pubsub         = "roles/pubsub.serviceAgent"
    eventarc       = "roles/eventarc.serviceAgent"
    cloudscheduler = "roles/cloudscheduler.serviceAgent"
  }
}

resource "google_project_service" "api" {
  for_each           = toset(local.apis)
  project            = var.project
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "google_project_service_identity" "agent" {
  for_each   = local.agents
  provider   = google-beta
  project    = var.project
  service    = "${each.key}.googleapis.com"
  depends_on = [google_project_service.api]
}

# Reading it makes the agent of Cloud Storage.
data "google_storage_project_service_account" "storage" {
  project    = var.project
  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "agent" {
  for_each = local.agents
  project  = var.project
  role     = each.value
  member   = google_project_service_identity.agent[each.key].member
}

# Eventarc's events of a bucket are messages that Cloud Storage publishes.
resource "google_project_iam_member" "storage_publishes" {
  project = var.project
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.storage.member
}

# A grant works after up to two minutes: https://cloud.google.com/iam/docs/access-change-propagation. A trigger that is made earlier fails.
resource "time_sleep" "grants_work" {
  create_duration = "120s"
  triggers = {
    members = join(",", concat(
      [for each in google_project_iam_member.agent : each.member],
      [google_project_iam_member.storage_publishes.member],
    ))
  }
}

resource "google_firebase_project" "firebase" {
  provider   = google-beta
  project    = var.project
  depends_on = [google_project_service.api]
}

resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.region
  repository_id = "hangtag"
  format        = "DOCKER"
  description   = "Container images of Hangtag"

  cleanup_policy_dry_run = false
  cleanup_policies {
    id     = "keep-ten"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }
  depends_on = [google_project_service.api]
}

output "id" {
  value      = var.project
  depends_on = [google_project_service.api]
}

output "agents" {
  description = "Members of the service agents by API, once their grants work."
  value       = { for name, agent in google_project_service_identity.agent : name => agent.member }
  depends_on  = [time_sleep.grants_work]
}

output "registry" {
  value = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}
