# Variables of `npm run deploy -- --environment production`, the default: deploy/gcp/variables.tf describes all of them.
alert_email = ""
budget_usd  = 100
settings    = {}
