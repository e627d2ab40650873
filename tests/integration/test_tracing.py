"""What leaves the server as traces: how long things took, and nothing that anybody said."""

import importlib.util

import pytest
from fastapi.testclient import TestClient

from conftest import CODE, missing
from heldout_server.processes import tracing
from heldout_server.processes.server import create_app, embedded
from participant import Participant, npy

HERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.fixture(autouse=True)
def packages():
    if importlib.util.find_spec("opentelemetry.instrumentation") is None:
        missing("OpenTelemetry (the extra otel)")


@pytest.fixture
def exporter():
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    return InMemorySpanExporter()


@pytest.fixture
def traced(installed, clock, exporter):
    """The whole server, with spans that stay in memory."""
    app = create_app(embedded(installed, clock=clock))
    end = tracing.begin(app, installed.database, exporter)
    with TestClient(app) as client:
        yield client
    end()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_tells_routes_and_statements_and_keeps_what_people_said(
    traced, exporter, labels, organizer_token
):
    ada = Participant.join(traced, "Ada Lovelace")
    shown = ada.submit(npy(labels))
    traced.get(f"/c/digits/join?code={CODE}")
    traced.get("/c/nowhere-at-all")
    spans = exporter.get_finished_spans()
    requests = [span for span in spans if "http.route" in span.attributes]
    assert "POST /api/v1/join" in {span.name for span in requests}
    assert {span.attributes["http.route"] for span in requests} >= {"/c/{slug}/join"}
    assert any("db.statement" in span.attributes for span in spans)
    assert {name for span in spans for name in span.attributes} <= tracing.TOLD
    told = " ".join(span.to_json() for span in spans)
    token = ada.headers["Authorization"].removeprefix("Bearer ")
    for kept in ("Lovelace", token, organizer_token, CODE, shown["id"], "nowhere", "1.0,"):
        assert kept not in told


def test_is_wanted_where_an_endpoint_is_named():
    assert tracing.wanted(HERE)
    assert not tracing.wanted({})
    assert not tracing.wanted(HERE | {"OTEL_SDK_DISABLED": "true"})
