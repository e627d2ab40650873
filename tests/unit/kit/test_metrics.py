"""Counting attempts, and serving the counts where there is no web server."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client import REGISTRY
from support.ports import free_port

from heldout_server.kit import metrics
from heldout_server.kit.errors import Rejection


def attempts(outcome: str) -> float:
    labels = {"step": "parse", "outcome": outcome}
    return REGISTRY.get_sample_value("heldout_attempts_total", labels) or 0.0


class TestAttempt:
    def test_that_ends_well(self) -> None:
        before = attempts("done")
        with metrics.attempt("parse"):
            pass
        assert attempts("done") == before + 1

    def test_on_a_file_that_is_refused(self) -> None:
        before = attempts("rejected")
        with pytest.raises(Rejection), metrics.attempt("parse"):
            raise Rejection("shape", "Wrong.", "Do it right.")
        assert attempts("rejected") == before + 1

    def test_that_our_machinery_fails(self) -> None:
        before = attempts("failed")
        with pytest.raises(OSError, match="gone"), metrics.attempt("parse"):
            raise OSError("gone")
        assert attempts("failed") == before + 1


class TestServe:
    def test_answers_with_the_counts(self) -> None:
        port = free_port()
        server = metrics.serve("127.0.0.1", port)
        assert server is not None
        try:
            assert "heldout_lease_expiries_total" in httpx.get(f"http://127.0.0.1:{port}/").text
        finally:
            server.shutdown()
            server.server_close()

    def test_port_0_is_none(self) -> None:
        assert metrics.serve("127.0.0.1", 0) is None
