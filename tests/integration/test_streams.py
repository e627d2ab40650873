"""How many boards may be open: of one address, and in all."""

import gc
import json
from dataclasses import replace
from functools import partial

import pytest

from bounded_server import answered, connect, heard_until, serving
from heldout_server.acts import events
from heldout_server.processes.server import create_app, embedded
from heldout_server.web.addresses import Peers
from heldout_server.web.connections import BoundedProtocol, Bounds
from waiting import run_until


@pytest.fixture
def streams(installed, request):
    """Start the whole server with these settings; gives what opens a stream, and the app."""

    def start(**settings):
        changed = replace(installed, settings=installed.settings.model_copy(update=settings))
        app = create_app(embedded(changed))
        proxies = changed.settings.believed_proxies
        running = serving(
            app,
            partial(BoundedProtocol, bounds=Bounds.of(0, Peers(proxies))),
            lifespan="on",
            forwarded_allow_ips=list(proxies),
        )
        address = running.__enter__()
        request.addfinalizer(lambda: running.__exit__(None, None, None))
        request.addfinalizer(app.state.services.stream.stop)
        services = app.state.services
        start.stop = services.stream.stop
        return services.streams, lambda **more: opened(request, address, **more)

    return start


def opened(request, address, forwarded=None, query="", header=""):
    """A caller whose stream has begun, or the refusal."""
    caller = connect(address)
    request.addfinalizer(caller.close)
    header += f"X-Forwarded-For: {forwarded}\r\n" if forwarded else ""
    request_line = f"GET /api/v1/competitions/digits/events{query} HTTP/1.1"
    caller.sendall(f"{request_line}\r\nHost: localhost\r\n{header}\r\n".encode())
    begun = heard_until(caller, b"event: hello", b'"request_id"')
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


def say(installed, clock, competition=1):
    with installed.database.write() as session:
        kind = events.EventKind.BOARD_CHANGED
        return events.append(session, kind, competition_id=competition, now=clock())


def test_hold_no_request_once_they_have_begun(streams, installed, clock):
    places, open_one = streams()
    callers = [open_one()[0] for _ in range(3)]
    say(installed, clock)
    for caller in callers:
        assert b"event: board" in heard_until(caller, b"id: ")
    run_until(lambda: not _requests_in_memory())
    for caller in callers:
        caller.close()
    run_until(lambda: not places.taken)


def _requests_in_memory():
    gc.collect()
    return [found for found in gc.get_objects() if isinstance(found, BoundedProtocol)]


@pytest.mark.parametrize("how", ["header", "query"])
def test_replay_what_came_after_the_last_event(streams, installed, clock, how):
    _, open_one = streams()
    for _ in range(3):
        say(installed, clock)
    asked = {"header": "Last-Event-ID: 1\r\n"} if how == "header" else {"query": "?after=1"}
    caller, _, begun = open_one(**asked)
    heard = heard_until(caller, b"id: 3", begun=begun)
    assert b"id: 2" in heard
    assert b"id: 1" not in heard


def test_of_another_life_of_the_database_are_told_to_read_anew(streams, installed, clock):
    _, open_one = streams()
    say(installed, clock)
    caller, _, begun = open_one(query="?after=4000")
    assert b"event: reload" in heard_until(caller, b"id: 1", begun=begun)


def test_end_with_the_server(streams):
    _, open_one = streams()
    caller, _, _ = open_one()
    streams.stop()
    assert answered(caller).endswith(b"0\r\n\r\n")
