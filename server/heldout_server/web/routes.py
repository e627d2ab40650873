"""Addresses and what answers them, read by FastAPI only when somebody asks for them.

To read an endpoint's signature with all that it depends on costs milliseconds and memory: three
hundred of them made half of a start, and an evening asks for a few dozen.

    router = Routes(prefix="/checks", tags=["submissions"])

    @router.post("", status_code=201)
    def check(services: ServicesDep) -> CheckOut: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette._utils import get_route_path
from starlette.routing import BaseRoute, Match, compile_path, get_name
from starlette.types import Receive, Scope, Send

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class LateRoute(BaseRoute):
    """One address; `made` is FastAPI's route, which the first request for it makes."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], methods: Sequence[str], **options: Any
    ) -> None:
        self.path = path
        self.endpoint = endpoint
        self.methods = frozenset(methods)
        self.options = options
        self.name = options.get("name") or get_name(endpoint)
        self._begin = path.partition("{")[0]

    @cached_property
    def made(self) -> APIRoute:
        """The route as FastAPI has it."""
        table = APIRouter()
        table.add_api_route(self.path, self.endpoint, methods=list(self.methods), **self.options)
        [route] = table.routes
        assert isinstance(route, APIRoute)
        return route

    @property
    def path_format(self) -> str:
        """The address with its names, without their types."""
        return self._compiled[1]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this is the address asked for, and with which method."""
        if scope["type"] != "http":
            return Match.NONE, {}
        path = get_route_path(scope)
        if not path.startswith(self._begin) or not self._compiled[0].match(path):
            return Match.NONE, {}
        return self.made.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self.made.handle(scope, receive, send)

    @cached_property
    def _compiled(self) -> tuple[Any, str, Mapping[str, Any]]:
        return compile_path(self.path)


class Routes:
    """The addresses of one module, or of several together; used as FastAPI's APIRouter is."""

    def __init__(
        self,
        *,
        prefix: str = "",
        tags: Sequence[str] = (),
        responses: Mapping[int | str, dict[str, Any]] | None = None,
        include_in_schema: bool = True,
        default_response_class: type[Any] | None = None,
    ) -> None:
        self.routes: list[LateRoute] = []
        self._prefix = prefix
        self._tags = list(tags)
        self._responses = dict(responses or {})
        self._include_in_schema = include_in_schema
        self._response_class = default_response_class

    def get(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Have the decorated function answer GET at `path`."""
        return self._method("GET", path, options)

    def post(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Have the decorated function answer POST at `path`."""
        return self._method("POST", path, options)

    def put(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Have the decorated function answer PUT at `path`."""
        return self._method("PUT", path, options)

    def patch(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Have the decorated function answer PATCH at `path`."""
        return self._method("PATCH", path, options)

    def delete(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Have the decorated function answer DELETE at `path`."""
        return self._method("DELETE", path, options)

    def add_api_route(
        self, path: str, endpoint: Callable[..., Any], *, methods: Sequence[str], **options: Any
    ) -> None:
        """Have `endpoint` answer at `path`, with FastAPI's options of a route."""
        self.routes.append(
            LateRoute(self._prefix + path, endpoint, methods, **self._inherited(options))
        )

    def include_router(self, other: Routes, prefix: str = "") -> None:
        """Add all addresses that `other` has by now, below `prefix`."""
        for route in other.routes:
            path = prefix + route.path
            self.add_api_route(path, route.endpoint, methods=list(route.methods), **route.options)

    def _method(
        self, method: str, path: str, options: Mapping[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            self.add_api_route(path, endpoint, methods=[method], **options)
            return endpoint

        return add

    def _inherited(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """A route's options with what it has from here."""
        merged = {
            **options,
            "tags": [*self._tags, *options.get("tags", ())],
            "responses": {**self._responses, **options.get("responses", {})},
            "include_in_schema": options.get("include_in_schema", True) and self._include_in_schema,
        }
        if self._response_class is not None:
            merged.setdefault("response_class", self._response_class)
        return merged


def made(routes: Sequence[BaseRoute]) -> list[BaseRoute]:
    """The same routes, each read by FastAPI."""
    return [route.made if isinstance(route, LateRoute) else route for route in routes]
