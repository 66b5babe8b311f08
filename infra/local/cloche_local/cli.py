"""The commands that this package adds to `cloche` (entry point group ``cloche.commands``).

Only names and sentences: a command's module is imported when it is called. `logs` and `doctor` are those of the client
and more, and take their places.
"""

from collections.abc import Mapping

GROUP = "Local system"

# name: where the function is, and what the help says of it
commands: Mapping[str, tuple[str, str]] = {
    "up": ("cloche_local.up:up", "Start the whole system on this machine."),
    "down": ("cloche_local.manage:down", "Stop the system of this folder."),
    "status": ("cloche_local.manage:status", "Show what runs and how it is."),
    "logs": ("cloche_local.manage:logs", "Show what a program, or a component, wrote and writes."),
    "reset": ("cloche_local.manage:reset", "Delete everything that the local system keeps."),
    "images": ("cloche_local.images:images", "List the images of the sandboxes, and make them."),
    "doctor": (
        "cloche_local.doctor:doctor",
        "Check this machine, and the system that is talked to.",
    ),
}
