"""Projections as the API shows them: how far the read models are, and how making them anew is going.

What the projector finds when it compares is kept in the same shape.
"""

from datetime import datetime
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

ProjectionState = Literal["idle", "rebuilding", "comparing", "ready", "swapped", "failed"]
ProjectionRequest = Literal["rebuild", "swap", "rollback", "abort"]
SwapWhen = Literal["auto", "always", "never"]
PROJECTION_REQUESTS: tuple[ProjectionRequest, ...] = get_args(ProjectionRequest)


class ColumnDifference(Struct, frozen=True, kw_only=True):
    """A column in which rows that both have are not alike."""

    column: str
    rows: Annotated[int, Meta(ge=1, description="rows that differ in it")]


class TableDifference(Struct, frozen=True, kw_only=True):
    """What differs in one table; all zero and empty where nothing does."""

    table: str
    live: Annotated[int, Meta(ge=0, description="rows of the live one")]
    rebuilt: Annotated[int, Meta(ge=0, description="rows of the one that was made anew")]
    only_live: Annotated[int, Meta(ge=0, description="rows that only the live one has")] = 0
    only_rebuilt: Annotated[int, Meta(ge=0, description="rows that only the new one has")] = 0
    columns: tuple[ColumnDifference, ...] = ()
    columns_only_live: Annotated[
        tuple[str, ...], Meta(description="columns that only the live one has; not compared")
    ] = ()
    columns_only_rebuilt: Annotated[
        tuple[str, ...], Meta(description="columns that only the new one has; not compared")
    ] = ()

    @property
    def equal(self) -> bool:
        """Every row and every column is alike, and both have the same columns."""
        rows = self.only_live or self.only_rebuilt or self.columns
        return not (rows or self.columns_only_live or self.columns_only_rebuilt)


class RowDifference(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row that differs. Values are shortened."""

    table: str
    key: Annotated[tuple[str, ...], Meta(description="its primary key")]
    column: Annotated[str, Meta(description="absent: only one of the two has the row")] = ""
    pointer: Annotated[str, Meta(description="place in the column, where that is JSON")] = ""
    live: Annotated[str | None, Meta(description="absent: null, or no such row")] = None
    rebuilt: Annotated[str | None, Meta(description="absent: null, or no such row")] = None


class Differences(Struct, frozen=True, kw_only=True):
    """Every row and column of both, compared as of one sequence of the log."""

    sequence: int
    equal: bool
    tables: tuple[TableDifference, ...] = ()
    examples: Annotated[
        tuple[RowDifference, ...], Meta(description="some of the rows that differ")
    ] = ()


class ProjectionView(Struct, frozen=True, kw_only=True):
    """A projection. `building`, `progress` and `target` are of the rebuild under way, or of the last one."""

    name: str
    version: Annotated[int, Meta(ge=1, description="of the projection that made the live rows")]
    sequence: Annotated[int, Meta(ge=0, description="the live rows are as of this sequence")]
    complete: Annotated[
        bool, Meta(description="false while rows are made that the log no longer holds")
    ] = True
    state: ProjectionState = "idle"
    request: Annotated[
        ProjectionRequest | None, Meta(description="asked for, and not done yet")
    ] = None
    building: Annotated[int | None, Meta(description="version that is being made")] = None
    progress: Annotated[int | None, Meta(description="sequence that the new rows are as of")] = None
    target: Annotated[int | None, Meta(description="sequence that they are to reach")] = None
    differences: Annotated[
        Differences | None, Meta(description="what the last comparison found")
    ] = None
    previous: Annotated[
        int | None, Meta(description="version that one can go back to; absent: there is none")
    ] = None
    error: Annotated[str, Meta(description="why it failed, or what it waits for")] = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


class ProjectionList(Struct, frozen=True, kw_only=True):
    """Every projection."""

    items: tuple[ProjectionView, ...] = ()


class RebuildProjection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/projections/{name}/rebuild``."""

    swap: Annotated[
        SwapWhen,
        Meta(description="auto: if nothing differs or the version is another; else it is kept"),
    ] = "auto"
