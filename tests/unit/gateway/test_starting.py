"""What a gateway wants of the database is what the projector of its time makes."""

import pytest
from cloche_gateway.starting import SCHEMA, weak_key
from cloche_projector.migrate import MIGRATIONS
from pydantic import SecretStr
from support.gateway import settings_with


def test_the_schema_is_the_newest() -> None:
    newest = max(path.name.partition("_")[0] for path in MIGRATIONS.glob("*.sql"))
    assert newest == SCHEMA, "a migration was added: a gateway of now needs it, so say so there"


@pytest.mark.parametrize(("host", "refused"), [("127.0.0.1", False), ("0.0.0.0", True)])  # noqa: S104
def test_a_weak_key_is_for_this_machine_alone(host: str, refused: bool) -> None:
    settings = settings_with(host=host, api_key=SecretStr("changeme-changeme"))
    assert [setting for setting, _ in weak_key(settings)] == ["CLOCHE_API_KEY"] * refused
