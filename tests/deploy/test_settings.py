"""What containers are told are settings that the services have, with values that they take."""

from typing import Any

import pytest
from cloche_executor.settings import ExecutorSettings
from cloche_gateway.settings import GatewaySettings
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings, ServiceSettings
from cloche_projector.settings import ProjectorSettings
from cloche_storage.settings import StorageSettings
from support.nats import free_port
from support.production import Production

# One worker applies production once, for all of these.
pytestmark = pytest.mark.xdist_group("production")

SETTINGS: dict[str, type[ServiceSettings]] = {
    "gateway": GatewaySettings,
    "storage": StorageSettings,
    "projector": ProjectorSettings,
    "executor": ExecutorSettings,
}


def _outputs(production: Production) -> Any:
    return production.state["values"]["outputs"]["cloche"]["value"]


def _names(settings: type[ServiceSettings]) -> set[str]:
    return {f"CLOCHE_{name.upper()}" for name in settings.model_fields}


def test_every_variable_is_a_setting(production: Production) -> None:
    said = _outputs(production)
    assert set(said["environment"]) == set(said["secret_names"]) == set(SETTINGS)
    for service, settings in SETTINGS.items():
        told = {*said["environment"][service], *said["secret_names"][service]}
        assert told <= _names(settings), service


def test_services_take_the_values(production: Production, monkeypatch: Any) -> None:
    said = _outputs(production)
    for service, settings in SETTINGS.items():
        with monkeypatch.context() as context:
            for name, value in said["environment"][service].items():
                context.setenv(name, value)
            for name in said["secret_names"][service]:
                # As long as those that the module makes.
                context.setenv(name, "0123456789abcdef" * 3)
            taken = settings()
        assert taken.stream_replicas == 3
        assert taken.nats_user == service


def test_whoever_may_use_the_store_is_told_where_it_is(production: Production) -> None:
    told = _outputs(production)["environment"]
    for service, settings in SETTINGS.items():
        assert issubclass(settings, ObjectSettings) == ("CLOCHE_S3_BUCKET" in told[service]), (
            service
        )


def test_what_is_secret_comes_from_secrets_manager(production: Production) -> None:
    for service, settings in SETTINGS.items():
        plain = set(_outputs(production)["environment"][service])
        secret = {
            f"CLOCHE_{name.upper()}"
            for name, field in settings.model_fields.items()
            if "SecretStr" in str(field.annotation)
        }
        assert secret, service
        assert not plain & secret, service


async def test_without_a_key_the_role_of_the_task_is_used(monkeypatch: Any) -> None:
    """Production gives services no key: the AWS SDK's own search has to find one, here in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-role")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    settings = ObjectSettings(s3_endpoint=f"http://127.0.0.1:{free_port()}")
    async with open_objects(settings) as objects:
        client: Any = objects._client
        found = await client._request_signer._credentials.get_frozen_credentials()
    assert found.access_key == "of-the-role"
