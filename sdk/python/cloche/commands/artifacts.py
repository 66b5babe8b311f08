"""`cloche artifacts`: the files that a program left, listed or saved."""

import sys
from pathlib import Path
from typing import Annotated

from cloche_schemas.views import ArtifactList
from cyclopts import Parameter

from cloche.client import Client
from cloche.commands.connecting import connect
from cloche.complaints import PLATFORM, note, printable, say
from cloche.saving import save
from cloche.terminal import json_of


def artifacts(
    evaluation: str,
    /,
    *,
    to: Path | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """List the files that a program left, or save them.

    Parameters
    ----------
    evaluation:
        Its id.
    to:
        Write them into this folder.
    json:
        Print the list as one JSON object.
    """
    with connect() as client:
        listed = client.artifacts(evaluation)
        if json:
            sys.stdout.write(json_of(listed) + "\n")
        elif to is None:
            for file in listed.items:
                sys.stdout.write(f"{file.size:>12}  {file.sha256[:16]}  {printable(file.name)}\n")
        if to is not None:
            return fetch(client, evaluation, listed, to)
    _say_skipped(listed)
    return 0


def fetch(client: Client, evaluation: str, listed: ArtifactList, folder: Path) -> int:
    """Save what came back, say what did not; the exit code."""
    try:
        save(client, evaluation, listed.items, folder)
    except OSError as error:
        say(f"cloche: {error.filename or folder}: {error.strerror}")
        return PLATFORM
    if listed.items:
        number = len(listed.items)
        note(f"{number} file{'s' * (number != 1)} of the program in {folder}")
    _say_skipped(listed)
    return 0


def _say_skipped(listed: ArtifactList) -> None:
    for one in listed.skipped:
        say(f"{one.name} did not come back: {one.reason}")
