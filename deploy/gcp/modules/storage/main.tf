# Buckets of images, reports and models. Their rules of retention and CORS are the files in deploy/retention and deploy/cors.
terraform {
  required_providers {
    google      = { source = "hashicorp/google" }
    google-beta = { source = "hashicorp/google-beta" }
  }
}

variable "project" { type = string }
variable "region" { type = string }
variable "suffix" { type = string }
variable "origins" { type = list(string) }
variable "image_retention_days" { type = number }
variable "protect_data" { type = bool }

locals {
  deploy = "${path.module}/../../.."
  cors   = jsondecode(file("${local.deploy}/cors/images-bucket.json"))[0]
  image_rules = [
    for rule in jsondecode(file("${local.deploy}/retention/images-bucket.json")).lifecycle.rule : merge(rule, {
      condition = { age = rule.action.type == "Delete" ? var.image_retention_days : rule.condition.age }
    }) if rule.action.type != "Delete" || var.image_retention_days > 0
  ]
  report_rules = jsondecode(file("${local.deploy}/retention/reports-bucket.json")).lifecycle.rule
  # Names of buckets are global, so they start with the id of the project.
  buckets = {
    images  = { rules = local.image_rules, versioned = false, origins = var.origins }
    reports = { rules = local.report_rules, versioned = false, origins = [] }
    models  = { rules = [], versioned = true, origins = [] }
  }
}

resource "google_storage_bucket" "bucket" {
  for_each                    = local.buckets
  project                     = var.project
  name                        = "${var.project}-hangtag-${each.key}${var.suffix}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect_data

  versioning {
    enabled = each.value.versioned
  }

  soft_delete_policy {
    retention_duration_seconds = 7 * 24 * 3600
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.rules
    content {
      action {
        type = lifecycle_rule.value.action.type
      }
      condition {
        age = lifecycle_rule.value.condition.age
      }
    }
  }

  dynamic "cors" {
    for_each = length(each.value.origins) == 0 ? [] : [local.cors]
    content {
      origin          = each.value.origins
      method          = cors.value.method
      response_header = cors.value.responseHeader
      max_age_seconds = cors.value.maxAgeSeconds
    }
  }
}

# Firebase's SDKs reach only linked buckets.
resource "google_firebase_storage_bucket" "images" {
  provider  = google-beta
  project   = var.project
  bucket_id = google_storage_bucket.bucket["images"].name
}

resource "google_firebaserules_ruleset" "storage" {
  project = var.project
  source {
    files {
      name    = "storage.rules"
      content = file("${local.deploy}/../storage.rules")
    }
  }
}

resource "google_firebaserules_release" "storage" {
  project      = var.project
  name         = "firebase.storage/${google_firebase_storage_bucket.images.bucket_id}"
  ruleset_name = "projects/${var.project}/rulesets/${google_firebaserules_ruleset.storage.name}"
}

output "images" {
  value = google_storage_bucket.bucket["images"].name
}

output "reports" {
  value = google_storage_bucket.bucket["reports"].name
}

output "models" {
  value = google_storage_bucket.bucket["models"].name
}
