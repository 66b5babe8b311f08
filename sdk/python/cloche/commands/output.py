"""`cloche output`: what a program has written, whole or in part, or the lines that hold something."""

import re
import sys
from typing import Annotated

from cloche_schemas.values import StreamName
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.complaints import USAGE, printable, say
from cloche.terminal import writer

NOTHING_FOUND = 1
_RANGE = re.compile(r"(\d{1,18})-(\d{1,18})?")
Flag = Annotated[bool, Parameter(negative="")]


def output(  # noqa: PLR0913 - the options of a command
    evaluation: str,
    /,
    *,
    stream: StreamName = "stdout",
    attempt: int | None = None,
    tail: Annotated[int | None, Parameter(alias="-n")] = None,
    range_: Annotated[str | None, Parameter(name="--range")] = None,
    grep: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    regex: Flag = False,
    ignore_case: Annotated[bool, Parameter(negative="", alias="-i")] = False,
    raw: Flag = False,
) -> int:
    """Write what a program has written, byte for byte.

    Parameters
    ----------
    evaluation:
        Its id.
    stream:
        stdout or stderr; compiler: what its compiler said; artifacts: every file that it left, in a row.
    attempt:
        Another one than the attempt that counts (cloche attempts lists them).
    tail:
        Only so many lines from the end.
    range_:
        Only a part: FIRST-LAST counts bytes from 0, FIRST- goes to the end.
    grep:
        Only lines that hold this text, each with its number; exit 1 if there are none.
    regex:
        --grep is a regular expression (RE2).
    ignore_case:
        --grep finds letters in either case.
    raw:
        Give a terminal every byte; else escape sequences but colours are shown, not obeyed.
    """
    if sum(one is not None for one in (tail, range_, grep)) > 1:
        say("cloche: --tail, --range and --grep exclude one another")
        return USAGE
    start, end = None, None
    if range_ is not None:
        match = _RANGE.fullmatch(range_)
        if match is None:
            say("cloche: a range is FIRST-LAST or FIRST-, in bytes from 0")
            return USAGE
        start, end = int(match[1]), None if match[2] is None else int(match[2]) + 1
    with connect() as client:
        if grep is not None:
            found = client.search_output(
                evaluation, grep, stream, attempt=attempt, regex=regex, ignore_case=ignore_case
            )
            code = NOTHING_FOUND
            for match_ in found:
                code = 0
                text = match_.text if raw else printable(match_.text)
                sys.stdout.write(f"{match_.line}:{text}\n")
            return code
        out = writer(sys.stdout, raw=raw)
        if tail is not None:
            out.write(client.output(evaluation, stream, attempt=attempt, tail_lines=tail))
        else:
            for piece in client.output_pieces(
                evaluation, stream, attempt=attempt, start=start, end=end
            ):
                out.write(piece)
        out.finish()
    return 0
