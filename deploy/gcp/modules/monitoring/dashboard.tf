locals {
  run    = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=starts_with(\"hangtag-\") AND metric.type=\"run.googleapis.com"
  queue  = "resource.type=\"pubsub_subscription\" AND metric.type=\"pubsub.googleapis.com/subscription"
  period = "60s"
  # Three in a row.
  charts = [
    {
      title = "Latency of the API, p50, p95 and p99 (ms)"
      lines = [for percentile in ["50", "95", "99"] : {
        filter = "${local.run}/request_latencies\" AND resource.labels.service_name=\"hangtag-api\"", aligner = "ALIGN_PERCENTILE_${percentile}", by = "resource.labels.service_name"
      }]
    },
    {
      title = "Latency of classify, p50, p95 and p99 (ms)"
      lines = [for percentile in ["50", "95", "99"] : {
        filter = "${local.run}/request_latencies\" AND resource.labels.service_name=\"hangtag-classify\"", aligner = "ALIGN_PERCENTILE_${percentile}", by = "resource.labels.service_name"
      }]
    },
    {
      title = "Errors by function (per second)"
      lines = [{ filter = "${local.run}/request_count\" AND metric.labels.response_code_class=\"5xx\"", aligner = "ALIGN_RATE", by = "resource.labels.service_name" }]
    },
    {
      title = "Age of the oldest waiting message (s)"
      lines = [{ filter = "${local.queue}/oldest_unacked_message_age\"", aligner = "ALIGN_MAX", by = "resource.labels.subscription_id" }]
    },
    {
      title = "Waiting messages"
      lines = [{ filter = "${local.queue}/num_undelivered_messages\"", aligner = "ALIGN_MAX", by = "resource.labels.subscription_id" }]
    },
    {
      title = "Dead letters"
      lines = [{ filter = "${local.queue}/dead_letter_message_count\"", aligner = "ALIGN_DELTA", by = "resource.labels.subscription_id" }]
    },
    {
      title = "Images by outcome of classify"
      lines = [{ filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${var.log_metrics["outcomes"]}\" AND metric.labels.function=starts_with(\"classify\")", aligner = "ALIGN_DELTA", by = "metric.labels.outcome" }]
    },
    {
      title = "Memory in use, p99"
      lines = [{ filter = "${local.run}/container/memory/utilizations\"", aligner = "ALIGN_PERCENTILE_99", by = "resource.labels.service_name" }]
    },
    {
      title = "Billed instance time (s per second), what most of the spend follows"
      lines = [{ filter = "${local.run}/container/billable_instance_time\"", aligner = "ALIGN_RATE", by = "resource.labels.service_name" }]
    },
  ]
}

resource "google_monitoring_dashboard" "hangtag" {
  project = var.project
  dashboard_json = jsonencode({
    displayName = "Hangtag ${var.environment}"
    mosaicLayout = {
      columns = 12
      tiles = [for index, chart in local.charts : {
        xPos   = index % 3 * 4
        yPos   = floor(index / 3) * 4
        width  = 4
        height = 4
        widget = {
          title = chart.title
          xyChart = {
            dataSets = [for line in chart.lines : {
              plotType = "LINE"
              timeSeriesQuery = { timeSeriesFilter = {
                filter = line.filter
                aggregation = {
                  alignmentPeriod    = local.period
                  perSeriesAligner   = line.aligner
                  crossSeriesReducer = can(regex("MAX|PERCENTILE", line.aligner)) ? "REDUCE_MAX" : "REDUCE_SUM"
                  groupByFields      = [line.by]
                }
              } }
            }]
          }
        }
      }]
    }
  })
}
