"""What bubblewrap is told: every namespace, an image or an allow-list of the host, no capability."""

from pathlib import Path

from cloche_executor.engines.bwrap_command import (
    FILTER_FILE,
    GROUP_FILE,
    PASSWD_FILE,
    arguments,
    covered,
    files,
    host_paths,
    needed_files,
)

IMAGE = Path("/images/python-1/rootfs")


def pairs(said: list[str], flag: str) -> list[tuple[str, str]]:
    """What follows a flag of two words."""
    return [(said[at + 1], said[at + 2]) for at, word in enumerate(said) if word == flag]


def test_everything_is_unshared_and_nothing_of_the_host_can_be_written() -> None:
    for root in (IMAGE, None):
        said = arguments("nonce", root=root, filtered=True)
        for flag in ("user", "pid", "net", "ipc", "uts"):
            assert f"--unshare-{flag}" in said
        for flag in ("--disable-userns", "--new-session", "--die-with-parent", "--clearenv"):
            assert flag in said
        text = " ".join(said)
        assert "--cap-drop ALL" in text
        assert "--remount-ro /" in text
        assert f"--seccomp {FILTER_FILE}" in text
        # The only places to write to are those that have been made for it alone.
        assert pairs(said, "--bind") == [("/tmp/shm", "/dev/shm"), ("/tmp/scratch", "/tmp")]
        assert "--dev-bind" not in said


def test_an_image_is_the_whole_root_and_nothing_of_the_host_is_beside_it() -> None:
    said = arguments("nonce", root=IMAGE, filtered=True)
    sources = [source for source, _ in pairs(said, "--ro-bind")]
    assert sources[0] == "/tmp/root"
    # The kernel's settings are those of the sandbox's own namespaces, whichever /proc they are seen through.
    assert set(sources) <= {"/tmp/root", "/dev/null", "/proc/sys"}


def test_a_descriptor_that_is_not_needed_is_not_handed_over() -> None:
    assert needed_files(root=IMAGE, filtered=True) == [FILTER_FILE]
    assert needed_files(root=IMAGE, filtered=False) == []
    assert needed_files(root=None, filtered=True) == [PASSWD_FILE, GROUP_FILE, FILTER_FILE]
    assert "--seccomp" not in arguments("nonce", root=IMAGE, filtered=False)
    passwd, group, call_filter = files(b"program")
    assert passwd.startswith(b"nobody:x:65534:65534:")
    assert group.startswith(b"nogroup:x:65534:")
    assert call_filter == b"program"
    # Numbers of descriptors are places in this list.
    assert (PASSWD_FILE, GROUP_FILE, FILTER_FILE) == (20, 21, 22)
    assert len(files(None)) == 3


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
        *("--ro-bind-data", str(PASSWD_FILE), "/etc/passwd"),
        *("--ro-bind-data", str(GROUP_FILE), "/etc/group"),
    ]
    bound = [source for source, _ in pairs(list(host_paths()), "--ro-bind")]
    assert "/" not in bound
    assert not [path for path in bound if path in {"/etc", "/root", "/home", "/var", "/run"}]


def test_what_tells_about_the_machine_is_covered_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    (tmp_path / "acpi").mkdir()
    (tmp_path / "sys").mkdir()
    (tmp_path / "version").write_text("")
    assert covered(tmp_path) == [
        *("--ro-bind", "/dev/null", "/proc/keys"),
        *("--size", "4096", "--tmpfs", "/proc/acpi", "--remount-ro", "/proc/acpi"),
        *("--ro-bind", str(tmp_path / "sys"), "/proc/sys"),
    ]
