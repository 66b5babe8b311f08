"""More memory than there is, however it is asked for (reliability.md 6: 13, 21)."""

from support.hostile import MIB, Attack, attacks, limits
from support.lab import Trial

OUT_OF_MEMORY = Attack(
    outcome="out_of_memory",
    domain="limit",
    limit="memory_bytes",
    reached=("memory_bytes",),
    limits=limits(wall_seconds=20, cpu_seconds=20, memory_bytes=64 * MIB, scratch_bytes=256 * MIB),
    neighbour=True,
)


@attacks(
    OUT_OF_MEMORY.but(
        name="allocates for ever",
        entries=(13,),
        program="""
            held = []
            while True:
                held.append(bytearray(b"x" * (1 << 20)))
        """,
    ),
    OUT_OF_MEMORY.but(
        # Each takes little, and all together more than there is.
        name="children share the allocating",
        entries=(13,),
        program="""
            import os, time
            held = bytearray(b"x" * (4 << 20))
            for _ in range(16):
                if os.fork() == 0:
                    held = bytearray(b"y" * (6 << 20))
                    time.sleep(60)
            held = [bytearray(b"z" * (1 << 20)) for _ in range(60)]
            time.sleep(1)
            while True:
                held.append(bytearray(b"z" * (1 << 20)))
        """,
        outcome=("out_of_memory", "timed_out", "failed"),
        domain=None,
        limit=None,
    ),
    OUT_OF_MEMORY.but(
        name="fills a memory file",
        entries=(21,),
        program="""
            import os
            file = os.memfd_create("growing")
            while True:
                os.write(file, b"x" * (1 << 20))
        """,
    ),
    OUT_OF_MEMORY.but(
        # Where nothing counts shared memory it takes the host's, so it is given little time.
        limits=limits(wall_seconds=5, memory_bytes=64 * MIB),
        name="maps memory that is shared",
        entries=(21,),
        program="""
            import mmap
            held = []
            while True:
                block = mmap.mmap(-1, 4 << 20, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
                block.write(b"x" * (4 << 20))
                held.append(block)
        """,
    ),
    OUT_OF_MEMORY.but(
        # The scratch space is larger than the memory, and made of it.
        name="fills a scratch space larger than its memory",
        entries=(14,),
        program="""
            with open("/tmp/big", "wb") as file:
                while True:
                    file.write(b"x" * (1 << 20))
                    file.flush()
        """,
    ),
    OUT_OF_MEMORY.but(
        name="locks memory and asks for huge pages",
        entries=(21,),
        program="""
            import ctypes, mmap
            libc = ctypes.CDLL(None, use_errno=True)
            MAP_HUGETLB, MAP_LOCKED = 0x40000, 0x2000
            libc.mlockall(7)
            for flags in (MAP_HUGETLB, MAP_LOCKED):
                try:
                    held = mmap.mmap(-1, 512 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | flags)
                    for at in range(0, len(held), 4096):
                        held[at] = 1
                    print("took it all")
                except (OSError, ValueError, MemoryError):
                    pass
            blocks = []
            while True:
                blocks.append(bytearray(b"x" * (1 << 20)))
                libc.mlock(ctypes.c_void_p(id(blocks[-1])), 1 << 20)
        """,
        said="",
    ),
    Attack(
        # Whoever looks only at the sum of processes misses what lies in a pipe.
        name="keeps memory in pipes and sockets",
        program="""
            import os, socket
            held = []
            while True:
                try:
                    pair = socket.socketpair()
                    pair[0].setblocking(False)
                    held.append(pair)
                    while True:
                        pair[0].send(b"x" * 65536)
                except BlockingIOError:
                    pass
                except OSError:
                    break
            print("no more files")
        """,
        outcome=("succeeded", "out_of_memory", "failed", "timed_out"),
        limits=limits(wall_seconds=10, memory_bytes=64 * MIB),
        neighbour=True,
    ),
)
async def test_memory(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)
