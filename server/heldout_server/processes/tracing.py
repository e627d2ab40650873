"""Traces by OpenTelemetry: where the extra `otel` is installed and an endpoint is named.

The standard variables say where to and how often (`OTEL_EXPORTER_OTLP_ENDPOINT`,
`OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`). A span leaves this process with what is named here and
nothing else: no address with its query, no header, no words of an error.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI

from heldout_server.kit.db import Database

log = structlog.get_logger()

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVICE = "heldout"
# Statements have placeholders: values travel beside them, and never into a span.
TOLD = frozenset(
    {
        "http.method", "http.request.method", "http.route", "http.scheme", "http.status_code",
        "http.response.status_code", "db.system", "db.system.name", "db.statement",
        "db.query.text", "error.type",
    }
)  # fmt: skip
UNTRACED = "health,ready,static"


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether an endpoint is named; says so in the log where the packages are missing."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if not any(environment.get(name) for name in ENDPOINTS):
        return False
    if _is_installed():
        return True
    log.warning("tracing.not_installed", cure="pip install 'heldout-server[otel]'")
    return False


def begin(app: FastAPI, database: Database, exporter: Any = None) -> Callable[[], None]:
    """Trace the app's requests and the database's statements; what ends it, and sends the rest.

    `exporter`: where spans go to instead of the endpoint, at once; the tests' own.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    service = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    if exporter is None:
        provider.add_span_processor(BatchSpanProcessor(_discreet(OTLPSpanExporter())))
    else:
        provider.add_span_processor(SimpleSpanProcessor(_discreet(exporter)))
    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=provider,
        excluded_urls=UNTRACED,
        exclude_spans=["receive", "send"],
    )
    statements = SQLAlchemyInstrumentor()
    # It knows SQLAlchemy below 2.1 only by name: the events that it listens to are the same.
    statements.instrument(engine=database.engine, tracer_provider=provider, skip_dep_check=True)

    def end() -> None:
        FastAPIInstrumentor.uninstrument_app(app)
        statements.uninstrument()
        provider.shutdown()

    return end


def _is_installed() -> bool:
    names = ("exporter.otlp.proto.http", "instrumentation.fastapi", "instrumentation.sqlalchemy")
    try:
        return all(importlib.util.find_spec(f"opentelemetry.{name}") for name in names)
    except ModuleNotFoundError:
        return False


def _discreet(exporter: Any) -> Any:
    """The exporter, given only what may be told."""
    from opentelemetry.sdk.trace.export import SpanExporter

    class Discreet(SpanExporter):  # type: ignore[misc] # a base that mypy doesn't see
        def export(self, spans: Any) -> Any:
            return exporter.export([_told(span) for span in spans])

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return bool(exporter.force_flush(timeout_millis))

    return Discreet()


def _told(span: Any) -> Any:
    """The same span without what names a person, a code, a score or an error's words."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Status

    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in span.attributes.items() if name in TOLD},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
