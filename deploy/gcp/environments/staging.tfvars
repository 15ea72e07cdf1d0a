# Variables of `npm run deploy -- --environment staging`. Give it a project of its own: accounts and the database have fixed names.
budget_usd           = 20
image_retention_days = 2
log_retention_days   = 14
