"""How many boards may be open: of one address, and in all."""

import json
from dataclasses import replace

import pytest

from bounded_server import connect, serving
from heldout_server.processes.server import create_app, embedded
from waiting import run_until


@pytest.fixture
def streams(installed, request):
    """Start the whole server with these settings; gives what opens a stream, and the app."""

    def start(**settings):
        changed = replace(installed, settings=installed.settings.model_copy(update=settings))
        app = create_app(embedded(changed))
        running = serving(
            app, lifespan="on", forwarded_allow_ips=list(changed.settings.believed_proxies)
        )
        address = running.__enter__()
        request.addfinalizer(lambda: running.__exit__(None, None, None))
        request.addfinalizer(app.state.services.stream.stop)
        return app.state.services.streams, lambda **more: opened(request, address, **more)

    return start


def opened(request, address, forwarded=None):
    """A caller whose stream has begun, or the refusal."""
    caller = connect(address)
    request.addfinalizer(caller.close)
    header = f"X-Forwarded-For: {forwarded}\r\n" if forwarded else ""
    request_line = "GET /api/v1/competitions/digits/events HTTP/1.1"
    caller.sendall(f"{request_line}\r\nHost: localhost\r\n{header}\r\n".encode())
    begun = b""
    while b"event: hello" not in begun and b'"request_id"' not in begun:
        begun += caller.recv(65536)
    return caller, int(begun.split(b" ", 2)[1]), begun.partition(b"\r\n\r\n")[2]


def test_of_one_address_are_limited(streams):
    places, open_one = streams(streams_per_address=2, trusted_proxies="none")
    first, status, _ = open_one()
    assert (status, open_one()[1]) == (200, 200)
    _, status, body = open_one()
    assert (status, json.loads(body)["code"]) == (429, "rate_limited")
    assert json.loads(body)["retry_after_seconds"] > 0
    first.close()
    run_until(lambda: places.taken == 1)
    assert open_one()[1] == 200


def test_of_everybody_are_limited(streams):
    _, open_one = streams(streams=2, streams_per_address=0)
    assert [open_one()[1] for _ in range(3)] == [200, 200, 503]


def test_behind_a_trusted_proxy_are_counted_by_who_is_forwarded(streams):
    _, open_one = streams(streams_per_address=1)
    assert open_one(forwarded="192.0.2.1")[1] == 200
    assert open_one(forwarded="192.0.2.2")[1] == 200
    assert open_one(forwarded="192.0.2.1")[1] == 429
    assert [open_one()[1] for _ in range(3)] == [200] * 3  # the machine itself


def test_an_address_that_nobody_trusted_forwards_is_not_believed(streams):
    _, open_one = streams(streams_per_address=1, trusted_proxies="none")
    assert open_one(forwarded="192.0.2.1")[1] == 200
    assert open_one(forwarded="192.0.2.2")[1] == 429
