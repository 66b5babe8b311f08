"""checkov's rules for AWS, but for those that stand in infra/terraform/.checkov.yaml with a reason."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from support.terraform import SOURCE, tool

HERE = Path(__file__).parent


def test_every_exception_has_a_reason() -> None:
    text = (SOURCE / ".checkov.yaml").read_text()
    listed = re.findall(r"^  - (\S+)(.*)$", text, re.MULTILINE)
    assert len(listed) == 13
    assert all(re.match(r"\s+# \S.{15,}\.$", reason) for _, reason in listed)


@pytest.mark.full  # a minute and a half, and 300 MB of rules and their libraries at first
def test_checkov_finds_nothing_else() -> None:
    checkov = tool("checkov", HERE / "checkov.txt") / "checkov"
    command = [
        str(checkov),
        "--config-file",
        str(SOURCE / ".checkov.yaml"),
        "--directory",
        str(SOURCE),
    ]
    done = subprocess.run(
        [*command, "--output", "json"], capture_output=True, text=True, check=False, timeout=800
    )
    report = json.loads(done.stdout)
    assert report["summary"]["passed"] > 300
    assert report["summary"]["parsing_errors"] == 0
    failed = [
        f"{each['check_id']} {each['resource']}" for each in report["results"]["failed_checks"]
    ]
    assert failed == []
