"""Every label that a metric of ours may have, and why it has few values. A label that is not here fails `make lint`.

Ids, tenants, keys, file names and whatever else a client can choose are never labels.
"""

LABELS: dict[str, str] = {
    "call": "calls to S3: create, put, get, head, list, touch, delete, abort, upload, part, complete",
    "class": "classes of what is kept, and of rate limits: four of each",
    "code": "close codes of WebSockets that we send, and client: fewer than fifteen",
    "domain": "whose failure it was: program, limit, infrastructure, none",
    "durable": "durables of topology.py: 27",
    "edge": "what a service calls and may fall silent: log, objects, read_models",
    "end": "outcomes, reasons of failed attempts, superseded: about 25, all of them in code",
    "engine": "docker, gvisor, bubblewrap; auto where it is what was asked for; none",
    "event": "types of events, and batch: eleven",
    "handler": "handlers of the consume loop: named in code",
    "image": "images of the registry and of the setting CLOCHE_EXTRA_IMAGES",
    "kind": "kinds of advisories: seven",
    "method": "HTTP methods of RFC 9110 and PATCH; other for anything else",
    "outcome": "outcomes, and dead_lettered: seven",
    "place": "work or held",
    "priority": "high, normal, low",
    "reason": "slugs in code: fewer than twenty",
    "result": "what came of it: fewer than five for each metric",
    "revision": "one for each build that runs",
    "role": "jobs that gateways do beside answering: four",
    "route": "templates of routes, and unmatched",
    "service": "gateway, executor, storage, projector",
    "state": "idle or busy",
    "status": "HTTP status codes that we answer with; states of open evaluations",
    "stream": "streams of topology.py: fewer than twenty; of output: stdout, stderr, compiler, artifacts",
    "version": "one for each version that runs",
}
