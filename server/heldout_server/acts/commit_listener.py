"""What other processes committed: one listener a process, which tells the process's own.

PostgreSQL: LISTEN on one dedicated connection; after a reconnect everyone is told to look again
("resync"), since notifications sent meanwhile are gone. SQLite: `PRAGMA data_version` changes
when another connection commits; asking takes microseconds. The process's own commits count too,
and a worker says every few seconds that it is alive: only a new event of somebody else is passed
on, or every page would be dropped twice, and an idle server wake all its listeners for ever.
Neither carries data: listeners read the tables. Not through pgbouncer's transaction mode, which
loses LISTEN.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy.engine import make_url

from heldout_server.acts.events import BOARD_TOPIC, EVENTS_TOPIC, STILL_KINDS
from heldout_server.kit.db import CHANNEL, Database

log = structlog.get_logger()

RESYNC = "resync"
SQLITE_POLL_SECONDS = 0.1
NEWEST = "select max(id) from event where kind not in (select value from json_each(?))"
LEFT_OUT = {EVENTS_TOPIC: "[]", BOARD_TOPIC: json.dumps(sorted(STILL_KINDS))}
"""For each topic the kinds of events that it doesn't tell of."""
STOPPING_CHECK_SECONDS = 0.1
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0


class CommitListener:
    """A thread that announces other processes' commits to `database`'s listeners."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        follow = self._poll if database.is_sqlite else self._listen
        self._thread = threading.Thread(target=self._keep, args=(follow,), daemon=True)
        self.connected = threading.Event()

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _keep(self, follow: Any) -> None:
        """Follow again after every failure: the database may be away for a while."""
        pause, lost = FIRST_PAUSE_SECONDS, False
        while not self._stop.is_set():
            try:
                for topics in follow():
                    if lost:
                        lost, pause = False, FIRST_PAUSE_SECONDS
                        log.info("hub.reconnected")
                        topics |= {RESYNC}
                    self._database.announce(topics)
            except Exception as error:
                self.connected.clear()
                if not lost:
                    log.warning("hub.lost", reason=type(error).__name__)
                lost = True
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _listen(self) -> Iterator[frozenset[str]]:
        import psycopg

        with psycopg.connect(conninfo(self._database), autocommit=True) as connection:
            connection.execute(f"listen {CHANNEL}")
            self.connected.set()
            yield frozenset()
            while not self._stop.is_set():
                for heard in connection.notifies(timeout=STOPPING_CHECK_SECONDS, stop_after=1):
                    sender, *topics = heard.payload.split()
                    if sender != self._database.process_id:
                        yield frozenset(topics)

    def _poll(self) -> Iterator[frozenset[str]]:
        with _sqlite_connection(self._database) as connection:
            version, told = None, _newest(connection)
            self.connected.set()
            yield frozenset()
            while not self._stop.wait(SQLITE_POLL_SECONDS):
                if version == (version := connection.execute("PRAGMA data_version").fetchone()):
                    continue
                before, told = told, _newest(connection)
                # Who heard of one of our own commits has looked at all that came before it.
                known = {t: max(before[t], self._database.reached(t)) for t in LEFT_OUT}
                if news := frozenset(t for t in LEFT_OUT if told[t] > known[t]):
                    yield news


def conninfo(database: Database) -> str:
    """The database's address for the driver itself."""
    url = make_url(database.engine.url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def _newest(connection: Any) -> dict[str, int]:
    """How far each topic has come."""
    return {
        topic: connection.execute(NEWEST, (without,)).fetchone()[0] or 0
        for topic, without in LEFT_OUT.items()
    }


@contextmanager
def _sqlite_connection(database: Database) -> Iterator[Any]:
    """A connection beside the pool's: its data_version counts everybody else's commits."""
    pooled = database.engine.raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    try:
        yield connection
    finally:
        assert connection is not None
        connection.close()
