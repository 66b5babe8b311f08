"""The rules about system calls in the form that a Docker daemon takes: what is listed may be called, and nothing else.

Docker's own profile lets a program trace others, set up io_uring and open sockets to the hypervisor.
"""

import json
from errno import ENOSYS, EPERM
from functools import cache
from typing import Any

from cloche_executor.engines.seccomp_rules import RULES, Argument

#: What ordinary programs call, on any machine that there are rules for; names that a machine does not know do no harm.
#: ioctl as a whole: the two that the rules refuse are about terminals, and there is none.
_NAMES = """
    accept accept4 access adjtimex alarm arch_prctl bind brk cachestat capget capset chdir chmod
    chown clock_adjtime clock_getres clock_gettime clock_nanosleep close close_range connect
    copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait
    epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat
    faccessat2 fadvise64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown
    fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat
    fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake futimesat
    get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid geteuid getgid
    getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom
    getresgid getresuid getrlimit getrusage getsockname getsockopt gettid gettimeofday getuid
    getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
    io_getevents io_pgetevents io_setup io_submit ioctl ioprio_get ioprio_set kill
    landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr link
    linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat madvise
    map_shadow_stack membarrier memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2
    mlockall mmap mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend
    mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap
    name_to_handle_at nanosleep newfstatat open openat openat2 pause pidfd_open
    pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64
    preadv preadv2 prlimit64 process_mrelease pselect6 pwrite64 pwritev pwritev2 read readahead
    readlink readlinkat readv recvfrom recvmmsg recvmsg remap_file_pages removexattr rename
    renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask
    rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
    sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam
    sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop sendfile
    sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address setfsgid setfsuid
    setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid setreuid
    setrlimit setsid setsockopt setuid setxattr shmat shmctl shmdt shmget shutdown sigaltstack
    signalfd signalfd4 splice stat statfs statx symlink symlinkat sync sync_file_range
    sync_file_range2 syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun
    timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill
    truncate umask uname unlink unlinkat utime utimensat utimes vfork vmsplice wait4 waitid
    write writev
"""
ORDINARY = frozenset(_NAMES.split())
_ALLOW, _ERRNO = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
# Both kinds of machine for which there are rules, each without the calls of its older relatives.
_MACHINES = ("SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64")


@cache
def profile() -> str:
    """For `seccomp=` among a container's security options."""
    arguments = {
        name: rule
        for rules in RULES.values()
        for name, (_, rule) in rules.arguments.items()
        if name not in ORDINARY
    }
    absent = sorted(
        {name for r in RULES.values() for name, (_, errno) in r.refused.items() if errno == ENOSYS}
    )
    return json.dumps(
        {
            "defaultAction": _ERRNO,
            "defaultErrnoRet": EPERM,
            "archMap": [{"architecture": name, "subArchitectures": []} for name in _MACHINES],
            "syscalls": [
                {"names": sorted(ORDINARY), "action": _ALLOW},
                {"names": absent, "action": _ERRNO, "errnoRet": ENOSYS},
                *(
                    {"names": [name], "action": _ALLOW, "args": matched}
                    for name, rule in sorted(arguments.items())
                    for matched in _matched(rule)
                ),
            ],
        },
        separators=(",", ":"),
    )


def _matched(rule: Argument) -> list[list[dict[str, Any]]]:
    """The conditions on arguments, any of which lets a call pass; within one all have to hold."""
    if rule.flags:
        return [
            [{"index": rule.index, "op": "SCMP_CMP_MASKED_EQ", "value": rule.flags, "valueTwo": 0}]
        ]
    if not rule.allowed:
        raise ValueError("a list of what is allowed cannot leave single values out")
    found: list[list[dict[str, Any]]] = []
    for value in rule.values:
        conditions = [_equal(rule.index, value)]
        if rule.within is not None and rule.within[0] == value:
            conditions.append(_equal(*rule.within[1:]))
        found.append(conditions)
    return found


def _equal(index: int, value: int) -> dict[str, Any]:
    return {"index": index, "op": "SCMP_CMP_EQ", "value": value}
