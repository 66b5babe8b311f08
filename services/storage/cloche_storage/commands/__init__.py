"""The commands that this package adds to `cloche` (entry point group ``cloche.commands``).

They read the store itself: whoever checks an archive must not have to trust the services that wrote it. Only names and
sentences here: a command's module is imported when it is called.
"""

from collections.abc import Mapping

# A family: what the help says of it, and its commands, each with its function and a sentence.
commands: Mapping[str, tuple[str, Mapping[str, tuple[str, str]]]] = {
    "archive": (
        "Read and check the archive in the store, without any service.",
        {
            "ls": ("cloche_storage.commands.archive:ls", "List segments, oldest first."),
            "cat": ("cloche_storage.commands.archive:cat", "Write the archived events."),
            "grep": ("cloche_storage.commands.archive:grep", "Write the lines that match."),
            "verify": ("cloche_storage.commands.verify:verify", "Check every digest and line."),
            "head": (
                "cloche_storage.commands.verify:head",
                "Write the head, to be kept elsewhere.",
            ),
            "public-key": (
                "cloche_storage.commands.public_key:public_key",
                "Write what signed heads are checked with.",
            ),
        },
    ),
}
