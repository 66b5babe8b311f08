"""The environment prod of infra/terraform, as planned and applied by the stand-in provider."""

import json
from typing import Any

import pytest
from support.terraform import Terraform

COLOURS = {"blue": "1", "green": "2"}


def release(*colours: str, live: str) -> dict[str, Any]:
    """What a release says: the colours that exist, with the images of each, and the live one."""
    services = ("gateway", "storage", "projector", "executor")
    return {
        "colours": {
            colour: {"images": dict.fromkeys(services, f"sha256:{COLOURS[colour] * 64}")}
            for colour in colours
        },
        "live_colour": live,
    }


ACCOUNT = {
    "nats_release": {"version": "2.15.1", "sha256": "3" * 64},
    "gvisor": {"release": "20260720.0", "sha512": "4" * 128},
    "github": {
        "repository": "example/cloche",
        "environment": "prod",
        "oidc_provider_arn": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        "state_bucket_arn": "arn:aws:s3:::example-terraform-state",
    },
}


class Production:
    """The environment prod in the stand-in, with both colours and blue live."""

    def __init__(self, terraform: Terraform) -> None:
        self.terraform = terraform
        self.told(release("blue", "green", live="blue"))
        # The state lies in the folder instead of in S3; everything else is as committed.
        (terraform.folder / "backend_override.tf").write_text(
            'terraform {\n  backend "local" {}\n}\n'
        )
        (terraform.folder / "account.auto.tfvars.json").write_text(json.dumps(ACCOUNT))
        terraform.run("init")
        terraform.run("apply", "-auto-approve", "-compact-warnings")
        self.state = terraform.json("show", "-json")

    def told(self, wanted: dict[str, Any]) -> None:
        """Write the file that a release writes."""
        (self.terraform.folder / "release.auto.tfvars.json").write_text(json.dumps(wanted))

    def changes(self, wanted: dict[str, Any]) -> dict[str, list[str]]:
        """What a release would change: address => actions. Nothing is applied."""
        self.told(wanted)
        self.terraform.run("plan", "-out", "release.plan", "-lock=false")
        plan = self.terraform.json("show", "-json", "release.plan")
        return {
            change["address"]: change["change"]["actions"]
            for change in plan["resource_changes"]
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    def resources(self, kind: str) -> dict[str, Any]:
        """Attributes of every resource of a kind, by address."""
        found: dict[str, Any] = {}
        modules = [self.state["values"]["root_module"]]
        while modules:
            module = modules.pop()
            modules += module.get("child_modules", [])
            found |= {
                resource["address"]: resource["values"]
                for resource in module.get("resources", [])
                if resource["type"] == kind and resource["mode"] == "managed"
            }
        return found


@pytest.fixture(scope="session")
def production(terraform: Terraform) -> Production:
    return Production(Terraform(terraform.folder / "environments" / "prod", terraform.environment))
