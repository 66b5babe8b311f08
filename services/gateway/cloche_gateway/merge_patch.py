"""JSON Merge Patch (RFC 7396): null takes a member away, an object changes it, anything else takes its place. Pure."""

from typing import Any

Json = Any
MEDIA_TYPE = "application/merge-patch+json"


def merged(target: Json, patch: Json) -> Json:
    """`target` after `patch`; neither is changed."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
