"""A real S3 server for the tests of one worker, and a bucket of its own for each test that asks."""

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from cloche_kit.settings import ObjectSettings
from cloche_local.ports import free_ports
from cloche_local.process import running
from cloche_local.seaweed import ACCESS_KEY, REGION, Seaweed
from pydantic import SecretStr


@pytest.fixture(scope="session")
def s3_server() -> Iterator[ObjectSettings]:
    """One server for all tests of this worker; nothing of it outlives them."""
    with tempfile.TemporaryDirectory(prefix="cloche-s3-") as folder:
        secret = secrets.token_hex(16)
        server = Seaweed(
            Path(folder) / "s3",
            port=free_ports(1)[0],
            secret_key=secret,
            log=Path(folder) / "s3.log",
        )
        with running(server):
            yield ObjectSettings(
                s3_endpoint=server.endpoint,
                s3_access_key=ACCESS_KEY,
                s3_secret_key=SecretStr(secret),
                s3_bucket=server.bucket,
                s3_region=REGION,
            )
        server.tidy()


@pytest.fixture
def s3_settings(s3_server: ObjectSettings) -> ObjectSettings:
    """Settings for a fresh, empty bucket that exists."""
    settings = s3_server.model_copy(update={"s3_bucket": f"test-{secrets.token_hex(6)}"})
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        region_name=settings.s3_region,
    )
    client.create_bucket(Bucket=settings.s3_bucket)
    client.close()
    return settings
