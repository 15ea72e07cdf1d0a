# Everything that the functions need, made from deploy/topology.json, which `npm run topology` writes from the function table.
locals {
  topology      = jsondecode(file("${path.module}/../topology.json"))
  has_wardrobe  = var.wardrobe || lookup(var.settings, "HANGTAG_WARDROBE", "false") == "true" || lookup(var.settings, "HANGTAG_GOOGLE_CLIENT_ID", "") != "" || lookup(var.settings, "HANGTAG_OUTFIT_RANKING", "off") != "off"
  other_secrets = [for each in local.topology.wardrobeSecrets : each if !local.has_wardrobe]
  # A function with `onlyWith` exists only if that setting is given and not off.
  functions = {
    for each in local.topology.functions : each.name => merge(each, {
      secrets = setsubtract(each.secrets, local.other_secrets)
      roles   = [for role in each.roles : role if var.wardrobe || role.on != "wardrobe-database"]
    })
    if !can(each.onlyWith) || lookup(var.settings, try(each.onlyWith, ""), "off") != "off"
  }
  subscriptions = { for each in local.topology.subscriptions : each.name => each if contains(keys(local.functions), each.function) }
  secrets       = setsubtract(flatten([for each in local.topology.functions : each.secrets]), local.other_secrets)
  time_zone     = lookup(var.settings, "HANGTAG_TIME_ZONE", "Etc/UTC")
  suffix        = var.environment == "production" ? "" : "-${var.environment}"
}

module "project" {
  source   = "./modules/project"
  project  = var.project
  region   = var.region
  wardrobe = var.wardrobe
}

module "storage" {
  source               = "./modules/storage"
  project              = module.project.id
  region               = var.region
  suffix               = local.suffix
  origins              = var.origins
  image_retention_days = var.image_retention_days
  protect_data         = var.protect_data
}

module "firestore" {
  source       = "./modules/firestore"
  project      = module.project.id
  region       = var.region
  protect_data = var.protect_data
  index_file   = lookup(var.settings, "HANGTAG_INDEX_SHARDS", "1") == "1" ? "firestore.indexes.json" : "firestore.sharded.indexes.json"
}

module "functions" {
  source          = "./modules/functions"
  project         = module.project.id
  region          = var.region
  image           = var.image
  functions       = local.functions
  topics          = local.topology.topics
  secrets         = local.secrets
  database        = module.firestore.database
  images_bucket   = module.storage.images
  reports_bucket  = module.storage.reports
  models_bucket   = module.storage.models
  behind_balancer = var.domain != ""
  wardrobe        = one(module.wardrobe[*].instance)
  settings = merge(
    { HANGTAG_MODEL_STORE = "gs://${module.storage.models}/models" },
    var.settings,
    {
      HANGTAG_BUCKET        = module.storage.images
      HANGTAG_REPORT_BUCKET = module.storage.reports
      HANGTAG_REGION        = var.region
      HANGTAG_TIME_ZONE     = local.time_zone
    },
    length(var.origins) == 0 ? {} : { HANGTAG_API_ORIGINS = join(",", var.origins) },
    var.domain == "" ? {} : { HANGTAG_API_TRUSTED_PROXIES = "2" },
  )
}

module "delivery" {
  source        = "./modules/delivery"
  project       = module.project.id
  region        = var.region
  agents        = module.project.agents
  services      = module.functions.services
  topics        = module.functions.topics
  subscriptions = local.subscriptions
  object_events = { for each in local.topology.objectEvents : each.function => each.event }
  schedules     = { for each in local.topology.schedules : each.function => each }
  time_zone     = local.time_zone
  images_bucket = module.storage.images
}

module "logs" {
  source         = "./modules/logs"
  project        = module.project.id
  region         = var.region
  retention_days = var.log_retention_days
}

module "monitoring" {
  source          = "./modules/monitoring"
  project         = module.project.id
  environment     = var.environment
  alert_email     = var.alert_email
  api_host        = var.domain != "" ? var.domain : trimprefix(module.functions.services["api"].url, "https://")
  billing_account = var.billing_account
  budget_usd      = var.budget_usd
  log_metrics     = module.logs.metrics
}

module "edge" {
  source              = "./modules/edge"
  count               = var.domain == "" ? 0 : 1
  project             = module.project.id
  region              = var.region
  domain              = var.domain
  service             = module.functions.services["api"].name
  requests_per_minute = var.requests_per_minute
}

module "wardrobe" {
  source       = "./modules/wardrobe"
  count        = var.wardrobe ? 1 : 0
  project      = module.project.id
  region       = var.region
  account      = module.functions.accounts["api"]
  protect_data = var.protect_data
}
