# The database with its backups, and the rules, indexes and TTL policies that the project's own files describe.
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}

variable "project" { type = string }
variable "region" { type = string }
variable "protect_data" { type = bool }
variable "index_file" { type = string }

locals {
  root    = "${path.module}/../../../.."
  indexes = jsondecode(file("${local.root}/${var.index_file}"))
  backups = {
    daily  = { retention_days = 7 }
    weekly = { retention_days = 98 }
  }
}

resource "google_firestore_database" "records" {
  project                           = var.project
  name                              = "(default)"
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.protect_data ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.protect_data ? "ABANDON" : "DELETE"
}

resource "google_firestore_backup_schedule" "backup" {
  for_each  = local.backups
  project   = var.project
  database  = google_firestore_database.records.name
  retention = "${each.value.retention_days * 24 * 3600}s"

  dynamic "daily_recurrence" {
    for_each = each.key == "daily" ? [1] : []
    content {}
  }
  dynamic "weekly_recurrence" {
    for_each = each.key == "weekly" ? [1] : []
    content {
      day = "SUNDAY"
    }
  }
}

resource "google_firestore_index" "index" {
  for_each = {
    for index in local.indexes.indexes :
    join(" ", [index.collectionGroup, index.queryScope, join(",", [for field in index.fields : "${field.fieldPath} ${try(field.order, field.arrayConfig, "VECTOR")}"])]) => index
  }
  project     = var.project
  database    = google_firestore_database.records.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)

      dynamic "vector_config" {
        for_each = try([fields.value.vectorConfig], [])
        content {
          dimension = vector_config.value.dimension
          flat {}
        }
      }
    }
  }
}

# Fields without indexes, some with a TTL policy.
resource "google_firestore_field" "field" {
  for_each   = { for field in local.indexes.fieldOverrides : "${field.collectionGroup} ${field.fieldPath}" => field }
  project    = var.project
  database   = google_firestore_database.records.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {}

  dynamic "ttl_config" {
    for_each = each.value.ttl ? [1] : []
    content {}
  }
}

resource "google_firebaserules_ruleset" "firestore" {
  project = var.project
  source {
    files {
      name    = "firestore.rules"
      content = file("${local.root}/firestore.rules")
    }
  }
}

resource "google_firebaserules_release" "firestore" {
  project      = var.project
  name         = "cloud.firestore"
  ruleset_name = "projects/${var.project}/rulesets/${google_firebaserules_ruleset.firestore.name}"
  depends_on   = [google_firestore_database.records]
}

output "database" {
  value = google_firestore_database.records.name
}
