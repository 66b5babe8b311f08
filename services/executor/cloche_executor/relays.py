"""Lines of shell that take a program's output on its way out through pipes inside the sandbox.

gVisor cuts a long write to one of the host's pipes short when the pipe is full, where Linux would wait, and what a
program takes for written is lost. Pipes of gVisor's own do wait, and `cat` writes again what was cut. The relays stand
before the bootstrap is ready, so that no program waits for them.
"""

# They are processes of the sandbox, and not the program's.
RELAY_PROCESSES = 2
_OUT, _ERR = "/dev/shm/out", "/dev/shm/err"  # noqa: S108 - paths inside the sandbox

#: For the bootstrap: starts them.
BEGIN = (
    f"mkfifo {_OUT} {_ERR} && {{ cat {_OUT} & }} && out=$! && {{ cat {_ERR} >&2 & }} && err=$! && "
    f"exec 6> {_OUT} 7> {_ERR} && rm {_OUT} {_ERR} && "
)
#: For the program: writes to them from here on.
USE = "exec 1>&6 2>&7 6>&- 7>&-"
#: For the program's end: kills whatever else there is until nothing is left, and lets them finish. (Stopping it first
#: would keep it from forking meanwhile, but gVisor then sends SIGHUP to whoever is in the group, us too.)
END = (
    "exec 6>&- 7>&-",
    'while [ "$PPID" = 1 ]; do',
    "  left=",
    "  for pid in /proc/[0-9]*; do",
    "    pid=${pid#/proc/}",
    # gVisor lists a process that is just going as 0, which to kill means everybody here.
    '    case $pid in 0 | 1 | $$ | $out | $err) ;; *) kill -9 "$pid" && left=1 ;; esac',
    "  done",
    '  [ "$left" ] || break',
    "done",
    'kill -CONT "$out" "$err"',
    'wait "$out" "$err"',
)
