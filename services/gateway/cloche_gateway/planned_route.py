"""Routes whose dependencies are put in order once, when they are declared, and not at each request (ADR 0020).

FastAPI declares and describes them as ever; only how a request is led through them is ours. What no route of ours needs
(dependencies that yield, bodies as parameters, answers that are not a `Response`) is refused when a route is declared.
"""

import inspect
from collections.abc import Callable, Coroutine
from typing import Any, get_origin

from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.params import Param
from fastapi.routing import APIRoute
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route, request_response
from starlette.types import Scope

Wrong = dict[str, Any]
#: In the place of a value that there is not: what needs it is not called.
_NONE = object()
_PLAIN = (type(None), bool, int, float, str)
#: What of FastAPI's dependencies has no place in a plan.
_UNPLANNED = (
    "body_params",
    "websocket_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
    "concurrency",
)


class PlannedRoute(APIRoute):
    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        # Nothing here yields, so nobody needs the stacks that FastAPI keeps for each request.
        self.app = request_response(self.get_route_handler())
        self._beginning = path.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the request is for this route. Most are not, and tell so by how their path begins."""
        if not scope["path"].startswith(self._beginning) and not scope.get("root_path"):
            return Match.NONE, {}
        match, found = Route.matches(self, scope)
        if match is not Match.NONE:
            found["route"] = self
        return match, found

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's hook for whoever handles requests otherwise."""
        if self.response_field is not None or self.body_field is not None:
            raise TypeError(f"{self.path}: reads its body and makes its answer itself")
        calls = planned(self.dependant)

        async def handle(request: Request) -> Response:
            answer: Response = await performed(calls, request)
            return answer

        return handle


class Parameter(Struct, frozen=True):
    """Of a path, query, header or cookie. `alias`: what requests call it."""

    name: str
    place: str
    alias: str
    several: bool
    required: bool
    default: Any
    field: ModelField


class Call(Struct, frozen=True):
    """One function, with the numbers of the calls whose values it takes."""

    function: Callable[..., Any]
    needs: tuple[tuple[str, int], ...]
    request_names: tuple[str, ...]
    parameters: tuple[Parameter, ...]


def planned(dependant: Dependant) -> tuple[Call, ...]:
    """The calls in their order, the route's own at the end; each dependency once. `TypeError` if there is no plan."""
    calls: list[Call] = []
    known: dict[Callable[..., Any], int] = {}
    _plan(dependant, calls, known)
    return tuple(calls)


async def performed(calls: tuple[Call, ...], request: Request) -> Any:
    """What the last call returns. `RequestValidationError` if any parameter is missing or wrong.

    Calls that do not need it are made all the same, as FastAPI does: a caller who is refused by one of them is told so.
    """
    values: list[Any] = []
    wrong: list[Wrong] = []
    for call in calls:
        arguments = {name: values[number] for name, number in call.needs}
        for parameter in call.parameters:
            arguments[parameter.name] = _value(parameter, request, wrong)
        if wrong and _NONE in arguments.values():
            values.append(_NONE)
            continue
        for name in call.request_names:
            arguments[name] = request
        if call is calls[-1] and wrong:
            break
        values.append(await call.function(**arguments))
    if wrong:
        raise RequestValidationError(wrong)
    return values[-1]


def _value(parameter: Parameter, request: Request, wrong: list[Wrong]) -> Any:
    """As its type, or `_NONE` and a word in `wrong`."""
    given = _given(parameter, request)
    place = (parameter.place, parameter.alias)
    if given is None:
        if not parameter.required:
            return parameter.default
        wrong.append({"type": "missing", "loc": place, "msg": "Field required", "input": None})
        return _NONE
    value, errors = parameter.field.validate(given, {}, loc=place)
    if errors:
        wrong.extend(errors)
        return _NONE
    return value


def _given(parameter: Parameter, request: Request) -> Any:
    """What the request says, None if nothing."""
    match parameter.place:
        case "header":
            if parameter.several:
                return request.headers.getlist(parameter.alias) or None
            return request.headers.get(parameter.alias)
        case "query":
            if parameter.several:
                return request.query_params.getlist(parameter.alias) or None
            return request.query_params.get(parameter.alias)
        case "path":
            return request.path_params[parameter.alias]
        case _:
            return request.cookies.get(parameter.alias)


def _plan(dependant: Dependant, calls: list[Call], known: dict[Callable[..., Any], int]) -> int:
    function = dependant.call
    if function is None or any(getattr(dependant, name) for name in _UNPLANNED):
        raise TypeError(f"{dependant.path}: {function} takes what a planned route does not have")
    of_instance = getattr(function, "__call__", None)  # noqa: B004 (its own, not whether it has one)
    if not (inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(of_instance)):
        raise TypeError(f"{dependant.path}: {function} must be a coroutine function")
    if function in known and dependant.use_cache:
        return known[function]
    needs = [(each.name, _plan(each, calls, known)) for each in dependant.dependencies]
    fields = (
        *dependant.path_params,
        *dependant.query_params,
        *dependant.header_params,
        *dependant.cookie_params,
    )
    names = (dependant.request_param_name, dependant.http_connection_param_name)
    calls.append(
        Call(
            function=function,
            needs=tuple((name, number) for name, number in needs if name is not None),
            request_names=tuple(name for name in names if name is not None),
            parameters=tuple(_parameter(each) for each in fields),
        )
    )
    known[function] = len(calls) - 1
    return known[function]


def _parameter(field: ModelField) -> Parameter:
    info = field.field_info
    if not isinstance(info, Param) or not isinstance(info.validation_alias, str | None):
        raise TypeError(f"{field.name}: not a parameter that can be planned")
    required = info.is_required()
    default = None if required else field.default
    if not isinstance(default, _PLAIN) or info.validate_default:
        raise TypeError(f"{field.name}: its default is taken as it is, so it must be plain")
    alias = info.validation_alias or info.alias or field.name
    place = info.in_.value
    if place == "header" and alias == field.name:
        alias = alias.replace("_", "-")
    return Parameter(
        name=field.name,
        place=place,
        alias=alias,
        several=_several(info.annotation),
        required=required,
        default=default,
        field=field,
    )


def _several(annotation: Any) -> bool:
    """Whether it takes all values of its name: a list, or perhaps one."""
    kinds = (annotation, *getattr(annotation, "__args__", ()))
    return any((get_origin(kind) or kind) in {list, tuple, set, frozenset} for kind in kinds)
