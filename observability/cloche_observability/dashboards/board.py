"""What a dashboard consists of, and how it becomes JSON (grafana-foundation-sdk)."""

import json
from typing import Literal
from urllib.parse import quote

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, table, tempo, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
)
from msgspec import Struct

PROMETHEUS = "cloche-prometheus"
TEMPO = "cloche-tempo"
HEIGHT = 8
WIDTH = 24


class Query(Struct, frozen=True):
    """An expression of PromQL. `legend`: what a line is called, with labels in double braces."""

    expr: str
    legend: str = ""


class Graph(Struct, frozen=True, kw_only=True):
    """One panel. `traces`: TraceQL of the traces that it leads to; `about`: how to read it."""

    title: str
    unit: str
    queries: tuple[Query, ...]
    about: str = ""
    traces: str = ""
    kind: Literal["timeseries", "stat"] = "timeseries"
    width: int = 8


class Traces(Struct, frozen=True, kw_only=True):
    """A table of the traces that a query of TraceQL finds."""

    title: str
    query: str
    about: str = ""
    width: int = 24


class Row(Struct, frozen=True):
    """Panels under a heading."""

    title: str
    panels: tuple[Graph | Traces, ...]


class Board(Struct, frozen=True, kw_only=True):
    """A dashboard. `asks`: names of variables that whoever looks at it fills in."""

    slug: str
    title: str
    about: str
    rows: tuple[Row, ...]
    asks: tuple[str, ...] = ()

    @property
    def uid(self) -> str:
        return f"cloche-{self.slug}"


def rendered(board: Board) -> str:
    """The JSON that Grafana provisions, the same for the same board."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags(["cloche"])
        .timezone("utc")
        .time("now-3h", "now")
        .refresh("30s")
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Cloche")
            .type(DashboardLinkType.DASHBOARDS)
            .tags(["cloche"])
            .as_dropdown(True)
            .keep_time(True)
        )
    )
    for name in board.asks:
        made = made.with_variable(dashboard.TextBoxVariable(name).label(name))
    number = 0
    for row in board.rows:
        made = made.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            number += 1
            made = made.with_panel(
                _traces(panel, number) if isinstance(panel, Traces) else _graph(panel, number)
            )
    text = JSONEncoder(sort_keys=True, indent=2).encode(made.build())
    return json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def _graph(graph: Graph, number: int) -> timeseries.Panel | stat.Panel:
    panel: timeseries.Panel | stat.Panel
    panel = stat.Panel() if graph.kind == "stat" else timeseries.Panel()
    panel = (
        panel.id(number)
        .title(graph.title)
        .description(graph.about)
        .datasource(DataSourceRef(type_val="prometheus", uid=PROMETHEUS))
        .unit(graph.unit)
        .height(HEIGHT if graph.kind == "timeseries" else HEIGHT // 2)
        .span(graph.width)
    )
    if graph.traces:
        panel = panel.links([_explore(graph.traces)])
    for letter, query in zip("ABCDEFGH", graph.queries, strict=False):
        target = prometheus.Dataquery().ref_id(letter).expr(query.expr).legend_format(query.legend)
        panel = panel.with_target(target)
    return panel


def _traces(traces: Traces, number: int) -> table.Panel:
    source = DataSourceRef(type_val="tempo", uid=TEMPO)
    query = tempo.TempoQuery().ref_id("A").query_type("traceql").query(traces.query).limit(50)
    return (
        table.Panel()
        .id(number)
        .title(traces.title)
        .description(traces.about)
        .datasource(DataSourceRef(type_val="tempo", uid=TEMPO))
        .height(HEIGHT)
        .span(traces.width)
        .with_target(query.datasource(source))
    )


def _explore(traceql: str) -> dashboard.DashboardLink:
    """A link into Explore with the traces of the time that the dashboard shows."""
    query = {"refId": "A", "queryType": "traceql", "query": traceql}
    left = {
        "datasource": TEMPO,
        "queries": [query],
        "range": {"from": "RANGE_FROM", "to": "RANGE_TO"},
    }
    address = quote(json.dumps(left, separators=(",", ":")))
    address = address.replace("RANGE_FROM", "${__from}").replace("RANGE_TO", "${__to}")
    return (
        dashboard.DashboardLink("Traces")
        .type(DashboardLinkType.LINK)
        .url(f"/explore?left={address}")
        .target_blank(True)
    )
