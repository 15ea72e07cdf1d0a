# terraform test: with a mock of the provider, so it needs no account.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  # The provider checks the form of an ARN.
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/api/1" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/api/1" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/api/1/2" }
  }
  mock_resource "aws_wafv2_web_acl" {
    defaults = { arn = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/api/1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/api" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:key" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:123456789012:task-definition/api:1" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/hangtag" }
  }
}

variables {
  region          = "eu-central-1"
  image           = "example.com/hangtag@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  vpc_id          = "vpc-1"
  public_subnets  = ["subnet-1", "subnet-2"]
  private_subnets = ["subnet-3"]
  certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
  settings        = { HANGTAG_API_ACCESS = "public" }
}

run "the_container_is_as_the_image_expects" {
  command = apply

  assert {
    condition     = jsondecode(aws_ecs_task_definition.api.container_definitions)[0].readonlyRootFilesystem
    error_message = "Expected a read-only root file system."
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.api.container_definitions)[0].user == "65532:65532"
    error_message = "Expected the user of the image, 65532."
  }
  assert {
    condition     = contains(jsondecode(aws_ecs_task_definition.api.container_definitions)[0].environment, { name = "HANGTAG_API_ACCESS", value = "public" })
    error_message = "Expected the settings as variables of the container."
  }
}

run "a_deployment_that_fails_is_rolled_back" {
  command = plan

  assert {
    condition     = aws_ecs_service.api.deployment_circuit_breaker[0].rollback
    error_message = "Expected a circuit breaker with a rollback."
  }
}

run "http_is_redirected_and_https_has_tls_1_2_or_newer" {
  command = plan

  assert {
    condition     = aws_lb_listener.redirect.default_action[0].redirect[0].protocol == "HTTPS"
    error_message = "Expected a redirect to HTTPS."
  }
  assert {
    condition     = strcontains(aws_lb_listener.https.ssl_policy, "TLS13-1-2")
    error_message = "Expected TLS 1.2 or newer."
  }
}

run "an_image_without_a_digest_is_refused" {
  command = plan
  variables {
    image = "hangtag:latest"
  }
  expect_failures = [var.image]
}

run "one_subnet_for_the_load_balancer_is_refused" {
  command = plan
  variables {
    public_subnets = ["subnet-1"]
  }
  expect_failures = [var.public_subnets]
}
