"""Every command: where its function is, and what the help says of it. Nothing is imported until it is called."""

from collections.abc import Mapping

# A command's function and sentence; a family's sentence and commands.
Table = Mapping[str, tuple[str, str]]
Family = tuple[str, Table]

EVALUATIONS: Table = {
    "run": ("run:run", "Run a program and show its output live."),
    "submit": ("run:submit", "Submit a program and write its id."),
    "list": ("listing:list_", "List evaluations, newest first: filter, search, sort."),
    "get": ("evaluations:get", "Show one evaluation."),
    "logs": ("logs:logs", "Show what a program has written, and what it writes."),
    "wait": ("evaluations:wait", "Wait until an evaluation is over."),
    "cancel": ("evaluations:cancel", "Ask for the end of an evaluation."),
    "rerun": ("rerun:rerun", "Run an evaluation again, with changes or without."),
    "output": ("output:output", "Write what a program has written."),
    "events": (
        "history:events",
        "Show what happened, to one evaluation or to all, and what comes.",
    ),
    "attempts": ("attempts:attempts", "List the attempts of an evaluation."),
    "timeline": ("timeline:timeline", "Show where the time of an evaluation went."),
    "cases": ("cases:cases", "Show what became of each case."),
    "artifacts": ("artifacts:artifacts", "List or save the files that a program left."),
    "batch": ("batch:batch", "Run many programs at once, a line for each as it ends."),
    "stats": ("statistics:stats", "Show how many ended, how, how fast, and how long they took."),
    "languages": ("languages:languages", "List the languages that programs may be written in."),
}
#: Other names of the same.
ALIASES: Mapping[str, str] = {"list": "ls"}
QUEUE: Table = {
    "queue": ("queue:queue", "Show what waits, why, and how fast it goes."),
    "executors": ("queue:executors", "List the executors that are there."),
}
PLATFORM: Table = {
    "health": ("health:health", "Show the state of the platform, and what is wrong with it."),
    "usage": ("usage:usage", "Show how much is kept, by class."),
}
COMMAND: Table = {
    "login": ("login:login", "Try a key on a system, and keep both under a name."),
    "logout": ("login:logout", "Forget one of them."),
    "open": ("browsing:open_", "Open the documentation of the API in a browser."),
    "completion": ("completion:completion", "Make bash, zsh or fish complete these words."),
    "doctor": ("doctor:doctor", "Check the system that commands talk to."),
}
FAMILIES_OF_COMMAND: Mapping[str, Family] = {
    "profiles": (
        "Systems that the command knows by name.",
        {
            "ls": ("profiles:ls", "List them."),
            "use": ("profiles:use", "Use one from now on where none is named."),
            "rm": ("profiles:rm", "Forget one."),
        },
    ),
    "config": (
        "What the command goes by.",
        {"show": ("config:show", "Show which system and which key it would be, and why.")},
    ),
}
RECURRING: Mapping[str, Family] = {
    "schedules": (
        "Run programs again and again, at times that are said once.",
        {
            "create": ("schedules:create", "Make a schedule, and write its id."),
            "ls": ("schedules:ls", "List schedules, oldest first."),
            "get": ("schedules:get", "Show one schedule."),
            "pause": ("schedules:pause", "Submit nothing until it is resumed."),
            "resume": ("schedules:resume", "Go on from now."),
            "trigger": ("schedules:trigger", "Run its program now, once more."),
            "rm": ("schedules:rm", "Delete a schedule; what it has submitted goes its own way."),
        },
    ),
}
BATCHES: Mapping[str, Family] = {
    "batches": (
        "List, show, cancel and run again batches.",
        {
            "ls": ("batches:ls", "List batches, newest first."),
            "get": ("batches:get", "Show how far a batch is."),
            "cancel": ("batches:cancel", "Ask for the end of what is left of a batch."),
            "rerun": ("batches:rerun", "Run again what failed, as a new batch."),
        },
    ),
}
LETTERS: Mapping[str, Family] = {
    "dlq": (
        "Dead letters: what was given up, to be run again or thrown away.",
        {
            "ls": ("dlq:ls", "List them, oldest first."),
            "show": ("dlq:show", "Show one with its payload."),
            "requeue": ("dlq:requeue", "Run them again, each as a new evaluation."),
            "purge": ("dlq:purge", "Throw them away."),
        },
    ),
}
ACCESS: Mapping[str, Family] = {
    "keys": (
        "Make, list, change, rotate, revoke, export and import API keys.",
        {
            "create": ("keys:create", "Make a key; it is shown once."),
            "ls": ("keys:ls", "List keys, oldest first."),
            "show": ("key_changes:show", "Show one key, and when it was last used."),
            "set": ("key_changes:set_", "Change its name, its rates, or whether it must sign."),
            "rotate": ("key_changes:rotate", "Give a key another secret; it is shown once."),
            "end-secret": ("key_changes:end_secret", "End one of the two secrets of a key."),
            "revoke": ("keys:revoke", "Refuse a key from now on."),
            "export": ("keys:export", "Write every tenant and key, without what proves them."),
            "import": ("keys:import_", "Take in what export has written."),
        },
    ),
    "tenants": (
        "Make, change and list tenants.",
        {
            "create": ("tenants:create", "Make a tenant."),
            "ls": ("tenants:ls", "List tenants, oldest first."),
            "set": (
                "tenants:set_",
                "Change what it may have queued and running, its rates, and how long its past is kept.",
            ),
        },
    ),
    "audit": (
        "Who did what from where, allowed or refused: list, export and verify.",
        {
            "ls": ("audit:ls", "List entries, newest first."),
            "export": ("audit:export", "Write all of it, one JSON object a line."),
            "verify": ("audit:verify", "Walk every chain, and say whether anybody touched it."),
        },
    ),
}
PROJECTIONS: Mapping[str, Family] = {
    "projections": (
        "How the rows that are read are made: from the log, and anew when you say so.",
        {
            "ls": ("projections:ls", "List projections: how far each one is."),
            "rebuild": ("projections:rebuild", "Make one anew from archive and log, and compare."),
            "swap": ("projections:swap", "Put what was made anew in its place."),
            "rollback": ("projections:rollback", "Go back to what was there before the last swap."),
            "abort": ("projections:abort", "Give up what is being done."),
        },
    ),
}
#: Groups of the help, in order: its commands and its families.
GROUPS: Mapping[str, tuple[Table, Mapping[str, Family]]] = {
    "Evaluations": (EVALUATIONS, BATCHES),
    "Queue": (QUEUE, {**RECURRING, **LETTERS}),
    "Access": ({}, ACCESS),
    "Platform": (PLATFORM, PROJECTIONS),
    "This command": (COMMAND, FAMILIES_OF_COMMAND),
}
