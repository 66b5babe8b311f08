"""`cloche completion`: what makes a shell complete the words of this command."""

import sys
from typing import Literal


def completion(shell: Literal["bash", "zsh", "fish"], /) -> int:
    """Write a script that makes a shell complete commands, options and their values.

    bash: cloche completion bash > ~/.local/share/bash-completion/completions/cloche;
    zsh: cloche completion zsh > a file called _cloche in a folder of $fpath;
    fish: cloche completion fish > ~/.config/fish/completions/cloche.fish.

    Parameters
    ----------
    shell:
        Which one.
    """
    from cloche.cli import build  # noqa: PLC0415 - it imports us

    script = build().generate_completion(prog_name="cloche", shell=shell)
    sys.stdout.write(script)
    return 0
