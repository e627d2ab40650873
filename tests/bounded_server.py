"""A real uvicorn server in a thread, and callers that speak to it through bare sockets."""

import asyncio
import contextlib
import socket
import threading
import time

import uvicorn

from waiting import PATIENCE_SECONDS, run_until


@contextlib.contextmanager
def serving(app, protocol="httptools", **config):
    """Serve `app` behind `protocol`, a factory of connections; gives the address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    config = {"lifespan": "off", "timeout_keep_alive": 60, **config}
    server = uvicorn.Server(
        uvicorn.Config(app, http=protocol, ws="none", log_config=None, **config)
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    run_until(lambda: server.started)
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = server.force_exit = True
        thread.join(PATIENCE_SECONDS)
        listener.close()


def connect(address):
    caller = socket.create_connection(address, timeout=PATIENCE_SECONDS)
    caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return caller


def answered(caller):
    """All that comes until the other side closes."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while piece := caller.recv(65536):
            found += piece
    return found


def heard_until(caller, *endings, begun=b""):
    """`begun` and what comes until one of `endings` is in it; closing before that is a failure.

    A stream that beats is never silent: what doesn't come is missed after a while, nevertheless.
    """
    found, deadline = begun, time.monotonic() + PATIENCE_SECONDS
    while not any(ending in found for ending in endings):
        piece = caller.recv(65536)
        assert piece, f"closed after {found!r}"
        assert time.monotonic() < deadline, f"none of {endings} in {found!r}"
        found += piece
    return found


def pour(caller, piece, most_bytes):
    """Send `piece` again and again, until it is refused; how many bytes were taken."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < most_bytes:
            sent += caller.send(piece)
    return sent


def ask(address, request):
    """One request, the whole answer, and the connection closed by the server."""
    with connect(address) as caller:
        with contextlib.suppress(ConnectionError):
            caller.sendall(request)
        return answered(caller)
