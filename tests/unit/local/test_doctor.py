"""What the doctor says of machines that are not as this one is."""

import socket
import threading
from pathlib import Path

import pytest
from cloche_executor.images.inventory import Stock
from cloche_local import doctor
from cloche_local.folder import DataFolder
from cloche_local.process import ComponentError


def test_an_old_python_is_a_failure() -> None:
    assert doctor.python((3, 10)).grade == "fail"
    assert doctor.python((3, 11)).grade == "ok"


def test_other_systems_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert "Linux only" in doctor.python((3, 12)).advice


@pytest.mark.parametrize(
    ("free", "grade"), [(1 << 20, "fail"), (1 << 30, "warn"), (100 << 30, "ok")]
)
def test_room_on_the_disk_is_graded(free: int, grade: str) -> None:
    assert doctor.disk(free, Path("/data")).grade == grade


def test_a_taken_port_names_who_has_it_and_is_no_fault() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        (finding,) = doctor.ports({"nats": port}, running=False)
        assert finding.grade == "warn"
        assert f"port {port} is taken by process" in finding.found
        assert next(iter(doctor.ports({"nats": port}, running=True))).grade == "ok"
    assert [f.grade for f in doctor.ports({"nats": port}, running=False)] == ["ok"]


def test_a_data_folder_is_looked_at(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a/.cloche")
    assert "will be made" in doctor.data_folder(folder).found
    folder.prepare()
    assert doctor.data_folder(folder).grade == "ok"
    with folder.locked():
        assert "in use by process" in doctor.data_folder(folder).found
    (folder.path / "format").write_text("9")
    assert doctor.data_folder(folder).grade == "fail"
    folder.path.chmod(0o755)
    assert "chmod 700" in doctor.data_folder(folder).advice


def test_without_a_docker_daemon_bubblewrap_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    finding = doctor.docker_daemon()
    assert finding.grade == "warn"
    assert "bubblewrap" in finding.advice
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")
    assert doctor.docker_daemon().grade == "ok"


@pytest.mark.parametrize(
    ("answer", "grade"),
    [(b"HTTP/1.0 200 OK\r\n\r\nOK", "ok"), (b"HTTP/1.0 500 No\r\n\r\n", "warn")],
)
def test_a_docker_daemon_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes, grade: str
) -> None:
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(tmp_path / "d.sock"))
        daemon.listen()

        def serve() -> None:
            connection, _ = daemon.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
        assert doctor.docker_daemon().grade == grade
        thread.join()


def test_a_sandbox_that_cannot_be_made_is_a_failure_only_where_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "_bin/bwrap"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(doctor, "package", lambda _name: tmp_path)
    needed, spare = doctor.bubblewrap(needed=True), doctor.bubblewrap(needed=False)
    assert (needed.grade, spare.grade) == ("fail", "warn")
    assert "No permissions" in needed.found
    assert "user namespaces" in needed.advice


@pytest.mark.parametrize(
    ("docker", "exported", "grade", "found"),
    [
        ((True, True), (True, True), "ok", "Docker has all 2, bubblewrap has all 2"),
        ((None, None), (True, True), "ok", "bubblewrap has all 2"),
        ((True, False), (True, True), "warn", "Docker has 1 of 2 (a), bubblewrap has all 2"),
        ((True, True), (False, False), "warn", "Docker has all 2, bubblewrap has 0 of 2"),
    ],
)
def test_images_that_are_not_there_can_be_made(
    monkeypatch: pytest.MonkeyPatch,
    docker: tuple[bool | None, ...],
    exported: tuple[bool, ...],
    grade: str,
    found: str,
) -> None:
    stocks = [
        Stock(name=n, languages=(), digest="", reference=n, rootfs="", in_docker=d, exported=e)
        for n, d, e in zip("ab", docker, exported, strict=True)
    ]
    monkeypatch.setattr(doctor, "here", lambda *, measure: stocks)
    finding = doctor.images()
    assert (finding.grade, finding.found) == (grade, found)
    assert ("cloche images build" in finding.advice) == (grade == "warn")


def test_a_setting_of_images_that_makes_no_sense_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLOCHE_SANDBOX_IMAGE", "python=")
    finding = doctor.images()
    assert finding.grade == "fail"
    assert "python=" in finding.found


def test_missing_wheels_lead_to_make_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Path:
        raise ComponentError(f"{name} is not installed")

    monkeypatch.setattr(doctor, "script", missing)
    monkeypatch.setattr(doctor, "package", missing)
    monkeypatch.setattr(doctor, "PARTS", ("no-such-distribution",))
    for finding in (doctor.programs(), doctor.versions(), doctor.bubblewrap(needed=True)):
        assert (finding.grade, finding.advice) == ("fail", "make install")
