"""What tests with a real engine need beside it."""

import uuid
from collections.abc import Iterator

import pytest
from docker import APIClient
from support.docker import client


@pytest.fixture
def installation() -> str:
    """A name of the test's own, so that it reaps nobody else's sandboxes."""
    return f"test-{uuid.uuid4()}"


@pytest.fixture
def api() -> Iterator[APIClient]:
    made = client()
    yield made
    made.close()
