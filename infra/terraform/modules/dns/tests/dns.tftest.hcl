mock_provider "aws" {
  mock_resource "aws_acm_certificate" {
    defaults = {
      domain_validation_options = [{
        domain_name           = "api.example.org"
        resource_record_name  = "_proof.api.example.org"
        resource_record_type  = "CNAME"
        resource_record_value = "_proof.acm.example"
      }]
    }
  }
}

variables {
  zone_name     = "example.org"
  api_name      = "api.example.org"
  load_balancer = { dns_name = "lb.example", zone_id = "Z1" }
}

run "name_and_proof" {
  assert {
    condition     = aws_route53_record.api.alias[0].name == "lb.example" && aws_route53_record.proof.name == "_proof.api.example.org"
    error_message = "The name leads to the load balancer, and the certificate has its proof."
  }
}

run "bad_values" {
  command = plan

  variables {
    api_name = "api.example.com"
  }

  expect_failures = [var.api_name]
}
