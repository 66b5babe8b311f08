"""Production as a whole, as it would stand there."""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from cloche_local.binaries import script
from support.production import Production, release

# One worker applies production once, for all of these.
pytestmark = pytest.mark.xdist_group("production")

SECRETS = {
    *("api-key", "archive-secret", "wrap-secret", "postgres-password", "postgres-dsn"),
    *("nats-gateway", "nats-storage", "nats-projector", "nats-executor", "nats-cluster"),
}
#: Actions that AWS grants for no resource in particular, so that "*" is the only thing to say.
ONLY_STAR = {
    "ecr:GetAuthorizationToken",
    "ecs:RegisterTaskDefinition",
    "ecs:DeregisterTaskDefinition",
    "secretsmanager:GetRandomPassword",
}


def _statements(policy: str) -> Iterator[dict[str, Any]]:
    yield from json.loads(policy)["Statement"]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_nothing_is_allowed_by_a_wildcard(production: Production) -> None:
    for address, policy in production.resources("aws_iam_role_policy").items():
        for statement in _statements(policy["policy"]):
            if statement["Effect"] == "Deny":
                continue
            actions = _listed(statement["Action"])
            assert not [action for action in actions if "*" in action], (address, statement)
            if "*" in _listed(statement["Resource"]):
                assert set(actions) <= ONLY_STAR, (address, statement)


def test_an_executor_reads_one_secret_and_large_inputs(production: Production) -> None:
    (policy,) = (
        policy["policy"]
        for address, policy in production.resources("aws_iam_role_policy").items()
        if address.endswith('iam.aws_iam_role_policy.instance["executor"]')
    )
    on_objects = [
        (_listed(statement["Action"]), _listed(statement["Resource"]))
        for statement in _statements(policy)
        if "s3:" in json.dumps(statement["Action"])
    ]
    (archive,) = (
        bucket["arn"]
        for address, bucket in production.resources("aws_s3_bucket").items()
        if address.endswith("archive")
    )
    assert on_objects == [(["s3:GetObject"], [f"{archive}/blobs/*"])]
    (secrets,) = (
        statement["Resource"]
        for statement in _statements(policy)
        if "secretsmanager:GetSecretValue" in statement["Action"]
    )
    named = {
        secret["arn"]: secret["name"]
        for secret in production.resources("aws_secretsmanager_secret").values()
    }
    assert [named[arn] for arn in secrets] == ["cloche-prod/nats-executor"]


def test_no_bucket_is_public_and_all_speak_tls(production: Production) -> None:
    buckets = {bucket["id"] for bucket in production.resources("aws_s3_bucket").values()}
    blocks = production.resources("aws_s3_bucket_public_access_block").values()
    assert {block["bucket"] for block in blocks} == buckets
    for block in blocks:
        assert block["block_public_acls"]
        assert block["block_public_policy"]
        assert block["ignore_public_acls"]
        assert block["restrict_public_buckets"]
    policies = production.resources("aws_s3_bucket_policy").values()
    assert {policy["bucket"] for policy in policies} == buckets
    for policy in policies:
        first = next(_statements(policy["policy"]))
        assert (first["Effect"], first["Principal"], first["Action"]) == ("Deny", "*", "s3:*")
        assert first["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_metadata_wants_a_token_everywhere(production: Production) -> None:
    machines = production.resources("aws_launch_template") | production.resources("aws_instance")
    assert len(machines) == 9
    for address, machine in machines.items():
        (options,) = machine["metadata_options"]
        assert options["http_tokens"] == "required", address
        assert options["http_put_response_hop_limit"] == 1, address


def test_everything_at_rest_is_encrypted(production: Production) -> None:
    key = next(iter(production.resources("aws_kms_key").values()))["arn"]
    for volume in production.resources("aws_ebs_volume").values():
        assert (volume["encrypted"], volume["kms_key_id"]) == (True, key)
    for template in production.resources("aws_launch_template").values():
        (disk,) = template["block_device_mappings"]
        assert disk["ebs"][0]["encrypted"] == "true"
    (database,) = production.resources("aws_db_instance").values()
    assert (database["storage_encrypted"], database["kms_key_id"]) == (True, key)
    assert (database["multi_az"], database["deletion_protection"]) == (True, True)
    for kind in ("aws_secretsmanager_secret", "aws_cloudwatch_log_group"):
        assert {each["kms_key_id"] for each in production.resources(kind).values()} == {key}


def test_no_secret_is_in_the_state_or_a_plan(production: Production) -> None:
    """The stand-in's generated passwords have its mark, so that one of them anywhere would be seen."""
    made = production.resources("aws_secretsmanager_secret")
    assert {secret["name"].removeprefix("cloche-prod/") for secret in made.values()} == SECRETS
    assert len(production.resources("aws_secretsmanager_secret_version")) == len(SECRETS)
    production.changes(release("blue", "green", live="green"))
    state = (production.terraform.folder / "terraform.tfstate").read_text()
    plan = production.terraform.run("show", "-json", "release.plan")
    for text in (state, plan):
        assert "secretsmanager_random_password-" not in text
        assert not re.search(r"postgresql://cloche:[^@]+@", text)


def _user_data(production: Production, role: str) -> str:
    template = next(
        template
        for address, template in production.resources("aws_launch_template").items()
        if role in address
    )
    return base64.b64decode(template["user_data"]).decode()


def test_what_hosts_run_first_is_a_script(production: Production) -> None:
    for role in ('executors["blue"]', 'nats.aws_launch_template.node["nats-1"]'):
        text = _user_data(production, role)
        checked = subprocess.run(
            ["bash", "-n"], input=text, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
        for inner in re.findall(r"<<'SCRIPT'\n(.*?)\nSCRIPT\n", text, re.DOTALL):
            checked = subprocess.run(
                ["bash", "-n"], input=inner, capture_output=True, text=True, check=False
            )
            assert checked.returncode == 0, checked.stderr


def test_nats_takes_its_configuration(production: Production, tmp_path: Any) -> None:
    texts = production.state["values"]["outputs"]["cloche"]["value"]["nats_configuration"]
    assert sorted(texts) == ["nats-1", "nats-2", "nats-3"]
    users = ("GATEWAY", "STORAGE", "PROJECTOR", "EXECUTOR", "CLUSTER")
    environment = {f"{user}_PASSWORD": '"1a2b"' for user in users}
    environment |= {f"ROUTE_{n}": f'"nats-route://node:1a2b@nats-{n}:6222"' for n in (1, 2)}
    for node, text in texts.items():
        path = tmp_path / f"{node}.conf"
        path.write_text(text)
        checked = subprocess.run(
            [str(script("nats-server")), "-t", "-c", str(path)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stderr
