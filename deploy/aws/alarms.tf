locals {
  balancer = { LoadBalancer = aws_lb.api.arn_suffix }
  alarms = {
    errors = {
      text = "The API answers with errors", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", threshold = 10, dimensions = local.balancer
    }
    unhealthy = {
      text       = "A container is not healthy", metric = "UnHealthyHostCount", statistic = "Maximum", threshold = 0,
      dimensions = merge(local.balancer, { TargetGroup = aws_lb_target_group.api.arn_suffix })
    }
    latency = {
      text = "One in a hundred answers takes more than two seconds", metric = "TargetResponseTime", statistic = "p99", threshold = 2, dimensions = local.balancer
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each            = local.alarms
  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = each.value.text
  namespace           = "AWS/ApplicationELB"
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
}

output "address" {
  description = "Name to which the DNS record of the API must point."
  value       = aws_lb.api.dns_name
}

output "signing_key" {
  description = "Secret for the private key that signs the manifest of the model."
  value       = aws_secretsmanager_secret.signing_key.name
}
