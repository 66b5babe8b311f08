"""Every module and environment is well formed, valid, and passes its own tests (*.tftest.hcl)."""

import pytest
from support.terraform import SOURCE, Terraform

MODULES = sorted(path.name for path in (SOURCE / "modules").iterdir())
ENVIRONMENTS = sorted(path.name for path in (SOURCE / "environments").iterdir())


def test_everything_is_formatted(terraform: Terraform) -> None:
    terraform.run("fmt", "-check", "-recursive", "-diff")


@pytest.mark.parametrize("module", MODULES)
def test_module(terraform: Terraform, module: str) -> None:
    folder = terraform.at("modules", module)
    folder.run("validate")
    if (SOURCE / "modules" / module / "tests").exists():
        folder.run("test")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environment(terraform: Terraform, environment: str) -> None:
    terraform.at("environments", environment).run("validate")


def test_every_module_with_a_rule_has_tests() -> None:
    untested = {name for name in MODULES if not (SOURCE / "modules" / name / "tests").exists()}
    # Held by the tests of production: one key, and one host.
    assert untested == {"encryption", "operations"}


def test_a_wrong_name_is_noticed(terraform: Terraform) -> None:
    """The stand-in knows arguments: without that, none of this would show anything."""
    folder = terraform.at("modules", "encryption")
    path = folder.folder / "wrong.tf"
    path.write_text('resource "aws_kms_alias" "wrong" {\n  nam = "alias/x"\n}\n')
    try:
        said = folder.run("validate", code=1)
    finally:
        path.unlink()
    assert 'An argument named "nam" is not expected here' in said
    assert 'The argument "target_key_id" is required' in said
