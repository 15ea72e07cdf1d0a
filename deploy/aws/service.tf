# The API alone on ECS Fargate: /predict, /predict_batch, /classes and /health, without any Google service.
locals {
  name = "hangtag-api"
  port = 8080
  # The model's signing key, which is no variable: its value would be in the state of Terraform.
  secrets = { HANGTAG_SIGNING_KEY = aws_secretsmanager_secret.signing_key.arn }
}

resource "aws_ecs_cluster" "hangtag" {
  name = "hangtag"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_cloudwatch_log_group" "api" {
  name              = "/hangtag/api"
  retention_in_days = var.log_retention_days
}

resource "aws_secretsmanager_secret" "signing_key" {
  name                    = "hangtag/HANGTAG_SIGNING_KEY"
  recovery_window_in_days = 7
}

# "none": the manifest of the model is not signed. A container cannot start if its secret has no value.
resource "aws_secretsmanager_secret_version" "none" {
  secret_id     = aws_secretsmanager_secret.signing_key.id
  secret_string = "none"

  lifecycle {
    ignore_changes = [secret_string]
  }
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "read_secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(local.secrets)
  }
}

# What ECS does to start a container. The program itself has a role without any right.
resource "aws_iam_role" "start" {
  name               = "${local.name}-start"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "start" {
  role       = aws_iam_role.start.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "read_secrets" {
  name   = "read-secrets"
  role   = aws_iam_role.start.id
  policy = data.aws_iam_policy_document.read_secrets.json
}

resource "aws_iam_role" "program" {
  name               = local.name
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_ecs_task_definition" "api" {
  family                   = local.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 2048
  memory                   = 4096
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = aws_iam_role.program.arn

  container_definitions = jsonencode([{
    name                   = local.name
    image                  = var.image
    essential              = true
    readonlyRootFilesystem = true
    user                   = "65532:65532"
    stopTimeout            = 30
    portMappings           = [{ containerPort = local.port, protocol = "tcp" }]
    environment = concat(
      [{ name = "HANGTAG_API_TRUSTED_PROXIES", value = "1" }],
      [for name in sort(keys(var.settings)) : { name = name, value = var.settings[name] }],
    )
    secrets = [for name in sort(keys(local.secrets)) : { name = name, valueFrom = local.secrets[name] }]
    healthCheck = {
      command     = ["CMD", "/nodejs/bin/node", "health.mjs"]
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = 30
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.api.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "api"
      }
    }
  }])

  depends_on = [aws_secretsmanager_secret_version.none, aws_iam_role_policy.read_secrets, aws_iam_role_policy_attachment.start]
}

resource "aws_security_group" "containers" {
  name   = "${local.name}-containers"
  vpc_id = var.vpc_id

  ingress {
    description     = "The load balancer only"
    from_port       = local.port
    to_port         = local.port
    protocol        = "tcp"
    security_groups = [aws_security_group.balancer.id]
  }
  egress {
    description = "The registry, the logs and the secrets"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_ecs_service" "api" {
  name            = local.name
  cluster         = aws_ecs_cluster.hangtag.id
  task_definition = aws_ecs_task_definition.api.arn
  desired_count   = var.containers.min
  launch_type     = "FARGATE"

  # If the new containers do not become healthy, the former ones stay.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets         = var.private_subnets
    security_groups = [aws_security_group.containers.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.api.arn
    container_name   = local.name
    container_port   = local.port
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [aws_lb_listener.https]
}

resource "aws_appautoscaling_target" "api" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.hangtag.name}/${aws_ecs_service.api.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.containers.min
  max_capacity       = var.containers.max
}

# Decoding and inference use the processor, so its load says when another container is needed.
resource "aws_appautoscaling_policy" "processor" {
  name               = "${local.name}-processor"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.api.service_namespace
  resource_id        = aws_appautoscaling_target.api.resource_id
  scalable_dimension = aws_appautoscaling_target.api.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_in_cooldown  = 300
    scale_out_cooldown = 30
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
