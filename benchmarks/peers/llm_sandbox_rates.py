"""Runs in the peers' environment: a program through llm-sandbox, `COUNT` times; prints how many a second.

python llm_sandbox_rates.py each|reused IMAGE COUNT AT_ONCE MEMORY_BYTES

each: a session, so a container, for each program, `AT_ONCE` at a time. reused: one session for all of them, one after
another, as a session runs one program at a time; programs then see what others left behind.
"""

import importlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

PROGRAM, EXPECTED = "print(1)", "1\n"


def session(image: str, memory: int) -> Any:
    """Without its virtual environment for packages, and with a command that ends when told to.

    As it comes, closing waits ten seconds for a shell that does not listen.
    """
    # Not installed where this is checked.
    make: Any = importlib.import_module("llm_sandbox").SandboxSession
    options = {
        "network_disabled": True,
        "entrypoint": [],
        "command": ["sleep", "infinity"],
        "init": True,
        "mem_limit": memory,
        "nano_cpus": 1_000_000_000,
    }
    return make(lang="python", image=image, skip_environment_setup=True, runtime_configs=options)


def run(opened: Any) -> None:
    said = opened.run(PROGRAM).stdout
    if said != EXPECTED:
        sys.exit(f"llm-sandbox printed {said!r}")


def each(image: str, count: int, at_once: int, memory: int) -> float:
    def one(_number: int) -> None:
        with session(image, memory) as opened:
            run(opened)

    with ThreadPoolExecutor(at_once) as pool:
        begin = time.perf_counter()
        list(pool.map(one, range(count)))
        return count / (time.perf_counter() - begin)


def reused(image: str, count: int, memory: int) -> float:
    with session(image, memory) as opened:
        run(opened)
        begin = time.perf_counter()
        for _ in range(count):
            run(opened)
        return count / (time.perf_counter() - begin)


if __name__ == "__main__":
    way, image = sys.argv[1:3]
    count, at_once, memory = map(int, sys.argv[3:])
    rate = each(image, count, at_once, memory) if way == "each" else reused(image, count, memory)
    sys.stdout.write(f"{rate}\n")
