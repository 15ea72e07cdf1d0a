# The roles of the table, one resource for each kind of thing that a role is on.
locals {
  grants = merge([
    for name, function in var.functions : {
      for grant in function.roles : "${name} ${grant.role} ${grant.on}" => {
        function = name
        role     = grant.role
        on       = grant.on
        member   = "serviceAccount:${google_service_account.function[name].email}"
      }
    }
  ]...)
  buckets = { image-bucket = var.images_bucket, report-bucket = var.reports_bucket, model-bucket = var.models_bucket }
  # A role on secrets, such as "alert-secrets", is on those that the function gets, and on no other.
  secret_grants = merge([
    for name, function in var.functions : { for secret in function.secrets : "${name} ${secret}" => { function = name, secret = secret } }
  ]...)
}

# Firestore has no roles for one collection: a condition on the database limits the role.
resource "google_project_iam_member" "database" {
  for_each = { for key, grant in local.grants : key => grant if grant.on == "database" }
  project  = var.project
  role     = each.value.role
  member   = each.value.member

  condition {
    title      = "The database of Hangtag"
    expression = "resource.name == \"projects/${var.project}/databases/${var.database}\""
  }
}

# A condition limits the roles of Cloud SQL to one instance too.
resource "google_project_iam_member" "wardrobe" {
  for_each = { for key, grant in local.grants : key => grant if grant.on == "wardrobe-database" }
  project  = var.project
  role     = each.value.role
  member   = each.value.member

  condition {
    title      = "The wardrobe"
    expression = "resource.service == \"sqladmin.googleapis.com\" && resource.name == \"projects/${var.project}/instances/${var.wardrobe.name}\""
  }
}

resource "google_project_iam_member" "project" {
  for_each = { for key, grant in local.grants : key => grant if grant.on == "project" }
  project  = var.project
  role     = each.value.role
  member   = each.value.member
}

resource "google_storage_bucket_iam_member" "bucket" {
  for_each = { for key, grant in local.grants : key => grant if contains(keys(local.buckets), grant.on) }
  bucket   = local.buckets[each.value.on]
  role     = each.value.role
  member   = each.value.member

  # Functions that write reports write nothing else.
  dynamic "condition" {
    for_each = each.value.on == "report-bucket" && each.value.role == "roles/storage.objectUser" ? [1] : []
    content {
      title      = "Reports only"
      expression = "resource.name.startsWith(\"projects/_/buckets/${var.reports_bucket}/objects/reports/\")"
    }
  }
}

resource "google_pubsub_topic_iam_member" "topic" {
  for_each = { for key, grant in local.grants : key => grant if startswith(grant.on, "topic:") }
  project  = var.project
  topic    = google_pubsub_topic.topic[trimprefix(each.value.on, "topic:")].name
  role     = each.value.role
  member   = each.value.member
}

resource "google_secret_manager_secret_iam_member" "secret" {
  for_each  = local.secret_grants
  project   = var.project
  secret_id = google_secret_manager_secret.secret[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.function[each.value.function].email}"
}

resource "google_service_account_iam_member" "own_account" {
  for_each           = { for key, grant in local.grants : key => grant if grant.on == "own-account" }
  service_account_id = google_service_account.function[each.value.function].name
  role               = each.value.role
  member             = each.value.member
}

# Fails the plan if the table has a role on something that no resource above covers.
check "every_role_is_granted" {
  assert {
    condition = length([
      for grant in local.grants : grant
      if !contains(concat(keys(local.buckets), ["database", "wardrobe-database", "project", "own-account"]), grant.on) && !can(regex("^topic:|-secrets$", grant.on))
    ]) == 0
    error_message = "Expected roles on a database, project, bucket, topic, secret or account in topology.json but found another."
  }
}
