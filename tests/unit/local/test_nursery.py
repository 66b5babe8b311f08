"""Children of the nursery: forked, told apart by pid and code, and gone when it is."""

import os
import signal
from pathlib import Path

from cloche_local.births import ENDED_WITH_NURSERY, Nursery
from cloche_local.process import Command
from support.waiting import wait_until

LINGER = "import os, signal\nprint(os.getcwd(), os.environ['WORD'], flush=True)\nsignal.pause()\n"


async def test_children_run_their_module_and_die_with_the_nursery(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "lingers.py").write_text(LINGER)
    (modules / "fails.py").write_text("print(nothing)\n")

    def command(module: str) -> Command:
        return Command(
            argv=("unused",),
            cwd=tmp_path,
            log=tmp_path / f"{module}.log",
            environment={"WORD": "told"},
            module=module,
        )

    os.environ["PYTHONPATH"] = str(modules)
    try:
        nursery = Nursery(tmp_path / "nursery.log")
    finally:
        del os.environ["PYTHONPATH"]
    assert await nursery.spawn(command("lingers")) is None, "not open yet"
    await nursery.open()
    failing = await nursery.spawn(command("fails"))
    asked, killed = [await nursery.spawn(command("lingers")) for _ in range(2)]
    assert failing is not None
    assert asked is not None
    assert killed is not None
    assert await failing.wait() == 1
    assert "NameError" in (tmp_path / "fails.log").read_text()
    log = tmp_path / "lingers.log"
    await wait_until(lambda: log.read_text() == f"{tmp_path} told\n" * 2)
    assert os.getpgid(asked.pid) == asked.pid
    asked.send_signal(signal.SIGTERM)
    assert await asked.wait() == -signal.SIGTERM
    assert asked.returncode == -signal.SIGTERM
    assert killed.returncode is None
    nursery._process.kill()
    assert await killed.wait() == ENDED_WITH_NURSERY
    await wait_until(lambda: not Path(f"/proc/{killed.pid}").exists())
    assert await nursery.spawn(command("lingers")) is None
    await nursery.close()
