"""What bubblewrap is told: every namespace, an allow-list of the host, no capability."""

from pathlib import Path

from cloche_executor.engines.bwrap_command import command, host_paths
from cloche_schemas.values import Limits


def test_everything_is_unshared_and_nothing_of_the_host_can_be_written() -> None:
    said = command("bwrap", "nonce", Limits(scratch_bytes=1 << 20), passwd=7, group=8)
    for flag in ("user", "pid", "net", "ipc", "uts"):
        assert f"--unshare-{flag}" in said
    for flag in ("--disable-userns", "--new-session", "--die-with-parent", "--clearenv"):
        assert flag in said
    text = " ".join(said)
    assert "--cap-drop ALL" in text
    assert "--remount-ro /" in text
    assert f"--size {1 << 20} --tmpfs /tmp" in text
    assert "--bind" not in said
    assert "--dev-bind" not in said


def test_the_root_is_never_bound_and_links_stay_links(tmp_path: Path) -> None:
    (tmp_path / "usr").mkdir()
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "lib").mkdir()
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/localtime").write_text("")
    (tmp_path / "etc/shadow").write_text("")
    (tmp_path / "root").mkdir()
    assert host_paths(tmp_path) == [
        *("--ro-bind", str(tmp_path / "usr"), "/usr"),
        *("--symlink", "usr/bin", "/bin"),
        *("--ro-bind", str(tmp_path / "lib"), "/lib"),
        *("--ro-bind", str(tmp_path / "etc/localtime"), "/etc/localtime"),
    ]
    bound = [
        after
        for flag, after in zip(host_paths(), host_paths()[1:], strict=False)
        if flag == "--ro-bind"
    ]
    assert "/" not in bound
    assert not [path for path in bound if path in {"/etc", "/root", "/home", "/var", "/run"}]
