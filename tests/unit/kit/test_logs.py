"""The log's shape, its ids, and what must never be in it."""

from __future__ import annotations

import errno
import io
import json
import logging
import os
from collections.abc import Iterator

import pytest
import structlog

from heldout_server.kit import logs

TOKEN = "hp_" + "a1B2c3D4" * 4


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Leave the process's logging as it was."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(False)
    logging.getLogger().handlers, logging.getLogger().level = handlers, level


class TestConfigure:
    def test_json_is_one_object_a_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        logs.configure("json")
        structlog.get_logger().info("blobs.swept", removed=3)
        line = json.loads(capsys.readouterr().err)
        assert (line["event"], line["removed"], line["level"]) == ("blobs.swept", 3, "info")

    def test_logfmt_begins_with_the_time(self, capsys: pytest.CaptureFixture[str]) -> None:
        logs.configure("logfmt")
        structlog.get_logger().info("blobs.swept", removed=3)
        line = capsys.readouterr().err
        assert line.startswith("timestamp=")
        assert "event=blobs.swept" in line
        assert "removed=3" in line

    def test_libraries_write_the_same_shape(self, capsys: pytest.CaptureFixture[str]) -> None:
        logs.configure("json")
        logging.getLogger("uvicorn.error").warning("port %d is odd", 8001)
        line = json.loads(capsys.readouterr().err)
        assert line["event"] == "port 8001 is odd"
        assert line["logger"] == "uvicorn.error"


class _Full(io.StringIO):
    """What a log on a full disk does."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def flush(self) -> None:
        self.write("")


def test_a_full_disk_loses_lines_and_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", _Full())
    logs.configure()
    structlog.get_logger().info("a line")
    with pytest.raises(OSError, match="No space"):
        structlog.PrintLogger(_Full()).info("a line")


class TestWorkingOn:
    def test_puts_the_ids_on_every_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        logs.configure("json")
        with logs.working_on(17, "predict", 2):
            structlog.get_logger().info("runner.started")
        structlog.get_logger().info("idle")
        inside, outside = map(json.loads, capsys.readouterr().err.splitlines())
        assert (inside["submission"], inside["step"], inside["attempt"]) == (17, "predict", 2)
        assert inside["worker"] == "MainThread"
        assert "submission" not in outside


class TestStrikeOut:
    @pytest.mark.parametrize(
        "text",
        [
            f"sent {TOKEN} to us",
            f"Authorization: Bearer {TOKEN}",
            "could not connect to postgresql://heldout:swordfish@db/heldout",
            "cookie heldout_organizer=swordfish; path=/",
            "cookie heldout_me=swordfish; heldout_code=swordfish; path=/c/mnist",
            "cookie heldout_known=swordfish; path=/c",
            "cookie __Host-heldout_school_Ab-3=swordfish; path=/",
            '"GET /sign-in/school?code=swordfish&state=x HTTP/1.1" 303',
            '"GET /c/mnist/tv?rows=9&code=swordfish HTTP/1.1" 200',
            '"GET /submissions/s_1?view=swordfish HTTP/1.1" 200',
            '"GET /j/swordfish HTTP/1.1" 303',
        ],
    )
    @pytest.mark.parametrize("log_format", ["json", "logfmt"])
    def test_of_texts(self, text: str, log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
        logs.configure(log_format)
        structlog.get_logger().info("x", about=text)
        structlog.get_logger().info(text)
        logging.getLogger("a.library").warning(text)
        try:
            raise RuntimeError(text)
        except RuntimeError:
            structlog.get_logger().exception("failed")
        said = capsys.readouterr().err
        assert said.count(logs.STRUCK_OUT) >= 4
        assert TOKEN not in said
        assert "swordfish" not in said

    @pytest.mark.parametrize("name", ["token", "password", "Authorization", "client_secret"])
    def test_of_fields_by_their_name(self, name: str) -> None:
        assert logs.strike_out(None, "info", {name: "xyz"}) == {name: logs.STRUCK_OUT}

    def test_leaves_the_rest_alone(self) -> None:
        line = {"event": "GET /c/mnist?x=1 200", "seconds": 0.5, "path": "http://h:80/c"}
        assert logs.strike_out(None, "info", dict(line)) == line
