"""What evaluations are found by: words of labels, name, code and output, bounded. Pure, but for the statements.

Of what was submitted the first `SUBMITTED_LETTERS` count: labels and name, then the code, then files that are text. Of
what was written the first `WRITTEN_BYTES` of stdout and of stderr of the attempt that counts, or, of a stream that is
not kept whole, its preview. What lies in blobs, binary files, input and environment are not looked at.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cloche_domain.words import words
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.values import OutputSummary
from cloche_schemas.views import EvaluationView

Key = tuple[str, str]
Columns = tuple[list[Any], ...]

SUBMITTED_LETTERS = 32 << 10
WRITTEN_BYTES = 8 << 10

# With a word that no text has and every evaluation of the tenant: the index meets both, and passes others' by.
SUBMITTED = """
INSERT INTO texts (tenant, evaluation, words)
SELECT n.tenant, n.evaluation, array_to_tsvector(ARRAY['@' || n.tenant])
       || to_tsvector('simple', n.text) || to_tsvector('simple', n.said)
FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[]) AS n (tenant, evaluation, text, said)
ON CONFLICT DO NOTHING
"""
# No more of a stream than its end has told of, whatever came later.
WRITTEN = """
SELECT n.tenant, n.evaluation::text, o.stream, substring(
    o.data FROM 1 FOR CASE o.stream WHEN 'stdout' THEN n.stdout ELSE n.stderr END)
FROM unnest($1::text[], $2::uuid[], $3::integer[], $4::integer[], $5::integer[])
    AS n (tenant, evaluation, attempt, stdout, stderr)
JOIN outputs AS o ON (o.tenant, o.evaluation, o.attempt) = (n.tenant, n.evaluation, n.attempt)
WHERE o.stream IN ('stdout', 'stderr')
ORDER BY n.tenant, n.evaluation, o.stream DESC
"""
WROTE = """
UPDATE texts AS t SET words = t.words || to_tsvector('simple', n.text)
FROM unnest($1::text[], $2::uuid[], $3::text[]) AS n (tenant, evaluation, text)
WHERE (t.tenant, t.evaluation) = (n.tenant, n.evaluation)
"""


def text_of(spec: EvaluationSpec) -> str:
    """The words of a submission, with spaces between."""
    labels = [f"{key} {value}" for key, value in spec.labels.items()]
    files = [f"{file.name} {file.content}" for file in spec.files if file.content is not None]
    return _spaced("\n".join([*labels, spec.name or "", spec.code, *files])[:SUBMITTED_LETTERS])


def submitted(texts: Mapping[Key, str], said: Mapping[Key, str]) -> Columns:
    """What `SUBMITTED` takes; `said`: what those wrote that have ended already."""
    return (*wrote(texts), [said.get(key, "") for key in texts])


def wanted(ends: Mapping[Key, EvaluationView]) -> Columns:
    """What `WRITTEN` takes: those that ended with output."""
    found = [
        (*key, view.attempt, _first(view.stdout), _first(view.stderr))
        for key, view in ends.items()
        if view.status == "completed" and (view.stdout.total_bytes or view.stderr.total_bytes)
    ]
    return tuple(map(list, zip(*found, strict=True)))


def said(rows: Iterable[Any]) -> dict[Key, str]:
    """The words of what was written, of those that wrote any, from what `WRITTEN` gave: stdout, then stderr."""
    texts: dict[Key, str] = {}
    for tenant, evaluation, _, data in rows:
        text = bytes(data).decode(errors="replace")
        texts[tenant, evaluation] = f"{texts.get((tenant, evaluation), '')}\n{text}"
    return {key: spaced for key, text in texts.items() if (spaced := _spaced(text))}


def wrote(texts: Mapping[Key, str]) -> Columns:
    """What `WROTE` takes."""
    return [key[0] for key in texts], [key[1] for key in texts], list(texts.values())


def _spaced(text: str) -> str:
    return " ".join(words(text))


def _first(summary: OutputSummary) -> int:
    return min(summary.head_bytes + summary.tail_bytes, WRITTEN_BYTES)
