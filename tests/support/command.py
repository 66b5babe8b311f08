"""The `cloche` command in this process, as its entry point calls it."""

import io
import sys
from typing import Protocol

import pytest
from cloche.cli import main
from support.fake_answers import KEY


class HasUrl(Protocol):
    """A gateway, wherever it runs."""

    url: str


class Ran:
    """Calls the command: its exit code, and what it wrote to stdout and stderr."""

    def __init__(self, capture: pytest.CaptureFixture[bytes], patch: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self._patch = patch

    def __call__(
        self, gateway: HasUrl, *words: str, stdin: bytes = b"", key: str = KEY
    ) -> tuple[int, bytes, bytes]:
        self._patch.setenv("CLOCHE_URL", gateway.url)
        self._patch.setenv("CLOCHE_API_KEY", key)
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            code = main(list(words))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        captured = self._capture.readouterr()
        return code, captured.out, captured.err
