"""What one connection may cost before anybody has looked at its request."""

import json
import resource
import time
from functools import partial

import pytest

from bounded_server import answered, ask, connect, heard_until, pour, serving
from heldout_server.web.addresses import Peers
from heldout_server.web.connections import BoundedProtocol, Bounds
from heldout_server.web.places import Places
from waiting import run_until

MEBIBYTE = 1024 * 1024
# The 64 KiB, what is read away after a refusal, and what two kernels hold on the way.
TAKEN_BYTES = 16 * MEBIBYTE
CLOSE = b"Connection: close\r\n"


async def app(scope, receive, send):
    """Answers with the number of bytes of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(size).encode()
    await send(
        {"type": "http.response.start", "status": 200,
         "headers": [(b"content-length", str(len(body)).encode())]}
    )  # fmt: skip
    await send({"type": "http.response.body", "body": body})


def bounds(connections=0, **limits):
    return Bounds(Places(connections), Places(connections), **limits)


@pytest.fixture
def serve(request):
    """Start a server with these limits; gives its address."""

    def start(limits):
        running = serving(app, partial(BoundedProtocol, bounds=limits))
        address = running.__enter__()
        request.addfinalizer(lambda: running.__exit__(None, None, None))
        return address

    return start


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer else 0


def problem(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower()
    return json.loads(body)


class TestBytes:
    @pytest.mark.parametrize(
        ("begin", "piece"),
        [
            (b"GET / HTTP/1.1\r\nX-Long: ", b"x" * MEBIBYTE),
            (b"GET / HTTP/1.1\r\n", b"X-Many: x\r\n" * 50_000),
            (b"GET /", b"x" * MEBIBYTE),
            (b"GET / HTTP/1.1\r\n", b"X" * MEBIBYTE),
        ],
        ids=["a long header", "many headers", "a long address", "a long name"],
    )
    def test_of_a_head_end_at_64_kib(self, serve, begin, piece):
        address = serve(bounds())
        with connect(address) as caller:
            caller.sendall(begin)
            assert pour(caller, piece, 300 * MEBIBYTE) < TAKEN_BYTES

    def test_that_are_too_many_are_told(self, serve):
        address = serve(bounds())
        answer = ask(address, b"GET / HTTP/1.1\r\nCookie: " + b"x" * 100_000 + b"\r\n\r\n")
        assert status(answer) == 431
        assert problem(answer)["code"] == "headers_too_large"

    def test_drop_by_drop_are_the_same(self, serve):
        address = serve(bounds(most_head_bytes=1000))
        with connect(address) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\n")
            assert pour(caller, b"X-A: " + b"x" * 20 + b"\r\n", 10 * MEBIBYTE) < 10 * MEBIBYTE
            assert status(answered(caller)) in {0, 431}  # the answer, unless a reset took it

    def test_of_a_head_just_below_are_taken(self, serve):
        address = serve(bounds())
        head = b"GET / HTTP/1.1\r\n" + CLOSE + b"X-Long: "
        room = 64 * 1024 - len(head) - len(b"\r\n\r\n")
        assert status(ask(address, head + b"x" * room + b"\r\n\r\n")) == 200

    def test_of_every_request_of_a_connection_begin_anew(self, serve):
        address = serve(bounds(most_head_bytes=1000))
        with connect(address) as caller:
            for _ in range(30):
                caller.sendall(b"GET / HTTP/1.1\r\nX-Some: " + b"x" * 900 + b"\r\n\r\n")
                answer = heard_until(caller, b"\r\n\r\n0")
                assert status(answer) == 200

    def test_of_a_long_body_dont_count(self, serve):
        address = serve(bounds(most_head_bytes=1000))
        head = b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: 3000000\r\n\r\n"
        answer = ask(address, head + b"x" * 3_000_000)
        assert status(answer) == 200
        assert answer.endswith(b"3000000")

    def test_of_a_body_in_chunks_dont_count(self, serve):
        address = serve(bounds(most_head_bytes=1000))
        head = b"POST / HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n"
        answer = ask(
            address, head + b"64\r\n" + b"64\r\n".join([b"x" * 100 + b"\r\n"] * 3000) + b"0\r\n\r\n"
        )
        assert answer.endswith(b"300000")

    @pytest.mark.parametrize(
        ("begin", "piece"),
        [
            (b"0\r\n", b"X-Trailer: x\r\n" * 5000),
            (b"0\r\nX-Trailer: ", b"x" * MEBIBYTE),
            (b"5;", b"x" * MEBIBYTE),
        ],
        ids=["many trailers", "a long trailer", "a chunk's extension"],
    )
    def test_between_and_behind_chunks_end_as_well(self, serve, begin, piece):
        address = serve(bounds())
        with connect(address) as caller:
            caller.sendall(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + begin)
            assert pour(caller, piece, 300 * MEBIBYTE) < TAKEN_BYTES

    def test_before_a_request_end_as_well(self, serve):
        address = serve(bounds())
        with connect(address) as caller:
            assert pour(caller, b"\r\n" * 50_000, 300 * MEBIBYTE) < TAKEN_BYTES

    def test_that_are_no_http_are_told(self, serve):
        answer = ask(serve(bounds()), b"\x16\x03\x01 no http\r\n\r\n")
        assert (status(answer), problem(answer)["code"]) == (400, "malformed")

    def test_of_thousands_of_requests_at_once_end_the_connection(self, serve):
        address = serve(bounds())
        with connect(address) as caller:
            taken = pour(caller, b"GET / HTTP/1.1\r\n\r\n" * 3000, 300 * MEBIBYTE)
            assert taken < TAKEN_BYTES

    def test_of_a_few_requests_at_once_are_answered(self, serve):
        address = serve(bounds())
        answer = ask(
            address, b"GET / HTTP/1.1\r\n\r\n" * 5 + b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n"
        )
        assert answer.count(b"200 OK") == 6


class TestTime:
    def test_of_two_thousand_half_requests_is_over_soon(self, serve):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
        number = min(2000, (min(hard, 8192) - 500) // 2)
        limits = bounds(head_seconds=1, silent_seconds=600)
        address = serve(limits)
        callers = [connect(address) for _ in range(number)]
        for caller in callers:
            caller.sendall(b"GET / HTTP/1.1\r\nX-Half: ")
        assert {status(answered(caller)) for caller in callers} <= {0, 408}
        run_until(lambda: limits.connections.taken == 0)
        for caller in callers:
            caller.close()

    def test_of_a_head_is_not_longer_for_who_drips(self, serve):
        address = serve(bounds(head_seconds=0.5, silent_seconds=600))
        with connect(address) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            caller.settimeout(0.05)
            for _ in range(600):
                try:
                    caller.sendall(b"x")
                    answer = caller.recv(65536)
                except TimeoutError:
                    continue
                break
            assert (status(answer), problem(answer)["code"]) == (408, "too_slow")

    def test_of_who_says_nothing_is_over_as_well(self, serve):
        address = serve(bounds(silent_seconds=0.2))
        with connect(address) as caller:
            assert answered(caller) == b""

    def test_of_a_body_is_over_when_hardly_any_comes(self, serve):
        address = serve(bounds(body_seconds=0.3))
        with connect(address) as caller:
            caller.sendall(b"POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 100)
            assert answered(caller) == b""

    def test_of_a_body_goes_on_while_enough_comes(self, serve):
        address = serve(bounds(body_seconds=1, least_body_bytes=10))
        with connect(address) as caller:
            head = b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: 2500000\r\n\r\n"
            caller.sendall(head)
            for _ in range(25):
                caller.sendall(b"x" * 100_000)
                time.sleep(0.1)  # so that the whole takes longer than it may without coming
            assert answered(caller).endswith(b"2500000")


class TestNumber:
    def test_of_an_address_is_limited(self, serve):
        limits = bounds(connections=3)
        address = serve(limits)
        held = [connect(address) for _ in range(3)]
        run_until(lambda: limits.connections.taken == 3)
        answer = ask(address, b"GET / HTTP/1.1\r\n\r\n")
        assert (status(answer), problem(answer)["code"]) == (429, "rate_limited")
        assert b"retry-after: " in answer
        for caller in held:
            caller.close()
        run_until(lambda: limits.connections.taken == 0)
        assert status(ask(address, b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n")) == 200

    def test_beyond_twice_as_many_gets_no_answer(self, serve):
        limits = bounds(connections=2)
        address = serve(limits)
        held = [connect(address) for _ in range(4)]
        run_until(lambda: limits.turned_away.taken == 2)
        assert ask(address, b"GET / HTTP/1.1\r\n\r\n") == b""
        for caller in held:
            caller.close()

    def test_of_a_trusted_proxy_is_not(self, serve):
        limits = bounds(connections=1, proxies=Peers(["127.0.0.1"]))
        address = serve(limits)
        held = [connect(address) for _ in range(5)]
        run_until(lambda: limits.connections.taken == 5)
        assert status(ask(address, b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n")) == 200
        for caller in held:
            caller.close()
