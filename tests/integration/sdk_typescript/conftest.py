from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.backstage import Backstage, backstage
from support.nats import NatsServer


@pytest.fixture
async def behind(
    nats_server: NatsServer, postgres_dsn: str, tmp_path: Path
) -> AsyncIterator[Backstage]:
    async with backstage(nats_server.url, postgres_dsn, tmp_path) as started:
        yield started
