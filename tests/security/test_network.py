"""There is no network, whatever is asked for (reliability.md 6: 40)."""

import ast
import socket
from pathlib import Path

from cloche_schemas.commands import EvaluationSpec
from support.hostile import Attack, Story, attacks, entry, limits
from support.lab import Trial

CONNECT = """
import socket, sys
reached = []
for word in sys.argv[1:]:
    host, _, port = word.rpartition(":")
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            found = socket.getaddrinfo(host, int(port), type=kind, flags=socket.AI_NUMERICHOST)
            family, _, protocol, _, address = found[0]
            with socket.socket(family, kind, protocol) as connection:
                connection.settimeout(0.5)
                connection.connect(address)
                if kind == socket.SOCK_DGRAM:
                    connection.send(b"ping")
                    connection.recv(10)
                reached.append(word)
        except OSError:
            pass
print(reached)
"""


def own_addresses() -> list[str]:
    """Addresses of this machine, with those that lead to nobody but itself."""
    found = {"127.0.0.1", "::1"}
    for line in Path("/proc/net/fib_trie").read_text().splitlines():
        word = line.split("--")[-1].strip()
        if "|--" in line and not word.endswith((".0", ".255")):
            found.add(word)
    return sorted(found)


@entry(40)
async def test_nobody_answers_at_any_address(trial: Trial) -> None:
    """The log's own server, metadata services, the bridge, the gateway, and names that lead there."""
    lab = trial.lab
    assert lab.executor is not None
    ports = [lab.nats.port, lab.executor.port, 22, 53, 80, 2375, 4222, 5432, 8333]
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104 - to be found, if it can be
        ports.append(server.getsockname()[1])
        # That somebody listens there is what makes the attempt worth something.
        for port in (lab.nats.port, ports[-1]):
            socket.create_connection(("127.0.0.1", port), 1).close()
        targets = [f"{address}:{port}" for address in own_addresses() for port in ports]
        targets += [
            *("169.254.169.254:80", "172.17.0.1:4222", "10.0.0.1:80", "192.168.0.1:80"),
            *(
                "1.1.1.1:53",
                "8.8.8.8:443",
                "::ffff:127.0.0.1:4222",
            ),
            *(
                "fe80::1%lo:80",
                "fe80::1%eth0:80",
                "fe80::1%2:80",
                "2001:4860:4860::8888:53",
                "ff02::1%lo:53",
            ),
            *("0.0.0.0:4222", "255.255.255.255:67", "224.0.0.1:53"),
        ]
        async with trial.unharmed():
            spec = EvaluationSpec(code=CONNECT, argv=tuple(targets))
            story = await trial.run(spec, limits(wall_seconds=50, cpu_seconds=30))
            assert story.end.outcome == "succeeded", story.stderr
            assert story.stdout == b"[]\n"


def _has_no_interface(story: Story) -> None:
    did, interfaces = (ast.literal_eval(line) for line in story.lines)
    # gVisor has such a device of its own, which makes no interface for somebody without capabilities.
    assert did == (["/dev/net/tun"] if story.started.engine == "gvisor" else [])
    assert interfaces == []


@attacks(
    Attack(
        name="asks for names",
        entries=(40,),
        program="""
            import socket
            got = []
            for name in ("example.com", "metadata.google.internal", "host.docker.internal", "gateway.docker.internal"):
                try:
                    got += socket.getaddrinfo(name, 80)
                except OSError:
                    pass
            print(got)
        """,
        said="[]",
        limits=limits(wall_seconds=30),
    ),
    Attack(
        # Whatever is no connection of its own: packets without a protocol, other buses, the hypervisor.
        name="makes sockets of other kinds",
        entries=(40,),
        program="""
            import socket
            made = []
            for family in range(1, 46):
                if family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
                    continue
                for kind in (1, 2, 3, 4, 5):
                    try:
                        socket.socket(family, kind, 0).close()
                        made.append((family, kind))
                    except OSError:
                        pass
            for family in (socket.AF_INET, socket.AF_INET6):
                for protocol in (1, 6, 17, 58, 89, 255):
                    try:
                        socket.socket(family, socket.SOCK_RAW, protocol).close()
                        made.append((family, "raw", protocol))
                    except OSError:
                        pass
            print(made)
        """,
        said="[]",
    ),
    Attack(
        name="gives itself an interface and a route",
        entries=(40,),
        program="""
            import fcntl, os, socket, struct
            did = []
            control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            address = struct.pack("16sH2s4s8s", b"lo", 2, b"", bytes([10, 9, 8, 7]), b"")
            for name, call in (("address", 0x8916), ("flags", 0x8914), ("mtu", 0x8922), ("bridge", 0x89A0)):
                try:
                    fcntl.ioctl(control, call, address)
                    did.append(name)
                except OSError:
                    pass
            for path in ("/dev/net/tun", "/dev/vhost-net", "/dev/vhost-vsock", "/dev/vsock"):
                try:
                    device = os.open(path, os.O_RDWR)
                    did.append(path)
                    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22x", b"", 0x1001))
                    did.append("interface")
                except OSError:
                    pass
            names = [name for _, name in socket.if_nameindex()]
            print(did)
            print([name for name in names if not name.startswith(("lo", "tunl", "sit", "ip6", "gre", "erspan"))])
        """,
        check=_has_no_interface,
    ),
)
async def test_network(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)
