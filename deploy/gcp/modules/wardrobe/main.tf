# PostgreSQL of the wardrobe. The API signs in as its service account, without a password; the function table has its roles.
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}

variable "project" { type = string }
variable "region" { type = string }
variable "account" { type = string }
variable "protect_data" { type = bool }

resource "google_sql_database_instance" "wardrobe" {
  project             = var.project
  region              = var.region
  name                = "hangtag-wardrobe"
  database_version    = "POSTGRES_16"
  deletion_protection = var.protect_data

  settings {
    tier              = "db-custom-1-3840"
    edition           = "ENTERPRISE"
    availability_type = "ZONAL"
    disk_autoresize   = true

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
    }

    # No network may connect directly. The API uses Google's connector: IAM and mutual TLS.
    ip_configuration {
      ipv4_enabled = true
      ssl_mode     = "ENCRYPTED_ONLY"
    }

    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }
  }
}

resource "google_sql_database" "wardrobe" {
  project  = var.project
  instance = google_sql_database_instance.wardrobe.name
  name     = "wardrobe"
}

resource "google_sql_user" "api" {
  project  = var.project
  instance = google_sql_database_instance.wardrobe.name
  name     = trimsuffix(var.account, ".gserviceaccount.com")
  type     = "CLOUD_IAM_SERVICE_ACCOUNT"
}

output "instance" {
  value = {
    name       = google_sql_database_instance.wardrobe.name
    connection = google_sql_database_instance.wardrobe.connection_name
  }
}
