"""The store of the system that runs here, for commands that read it themselves (entry points ``cloche.stores``)."""

from pathlib import Path

from cloche.discovery import find_folder
from cloche_kit.archive.store import Store
from cloche_kit.settings import ObjectSettings
from pydantic import SecretStr

from cloche_local.folder import DataFolder
from cloche_local.ports import LOOPBACK
from cloche_local.seaweed import ACCESS_KEY, BUCKET, REGION


def find() -> Store | None:
    """That of the nearest ``.cloche``, while its S3 server runs; None if there is none."""
    path = find_folder(Path.cwd())
    if path is None:
        return None
    folder = DataFolder(path)
    state = folder.state()
    if state is None or folder.holder() is None:
        return None
    port = next((one.port for one in state.components if one.name == "s3"), None)
    if port is None:
        return None
    settings = ObjectSettings(
        s3_endpoint=f"http://{LOOPBACK}:{port}",
        s3_access_key=ACCESS_KEY,
        s3_secret_key=SecretStr(folder.secrets().s3_secret_key),
        s3_bucket=BUCKET,
        s3_region=REGION,
    )
    return Store(settings, (folder.public_key,) if folder.public_key.is_file() else ())
