mock_provider "aws" {}

variables {
  name     = "test"
  services = ["gateway", "executor"]
  key_arn  = "arn:aws:kms:eu-central-1:123456789012:key/test"
}

run "tags_never_move" {
  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push && repository.encryption_configuration[0].encryption_type == "KMS"])
    error_message = "Tags are immutable, images are scanned and encrypted."
  }
}
