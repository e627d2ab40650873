"""The database: one engine, transactions committed at the edge, SQLite and PostgreSQL alike."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, TypeDecorator, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlmodel import Session, create_engine

from heldout_server.kit import stored_json

CHANNEL = "heldout"
"""Where PostgreSQL's notifications travel: a sender's id, then the topics of its commit."""
POOL_SIZE, POOL_OVERFLOW = 10, 20
LONGEST_GOODBYE_SECONDS = 2.0
SQLITE_WAIT_SECONDS = 30
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={1000 * SQLITE_WAIT_SECONDS}",
    "foreign_keys=ON",
    # kB a connection, of which there are thirty: the system keeps the file in its own cache anyway.
    "cache_size=-400",
)


_JSON: dict[str, Any] = {
    "json_serializer": stored_json.dumps,
    "json_deserializer": stored_json.loads,
}


class UtcDateTime(TypeDecorator[datetime]):
    """Timezone-aware UTC on both databases; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime can't be stored: say which zone it is in")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """An engine and the only two ways to use it: `write()` and `read()`.

    Code inside a transaction asks for something to happen *after* the commit with
    `on_commit(session, topic)`; `committed(topic)` then calls everyone who listens.
    """

    def __init__(self, url: str) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        # PostgreSQL's default would let each statement of a page see another moment.
        moment = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = self.engine.execution_options(read_only=True, **moment)
        self._writers = threading.Lock()
        self.process_id = secrets.token_hex(8)
        self._listeners: list[Callable[[frozenset[str]], None]] = []
        self._reached: dict[str, int] = {}

    def listen(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Have `listener(topics)` called after each commit that announced any topic."""
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Stop calling `listener`; harmless when it isn't there."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        turn = _Turn(self._writers)
        engine = self.engine.execution_options(turn=turn) if self.is_sqlite else self.engine
        try:
            with Session(engine, expire_on_commit=False) as session:
                yield session
                reached: dict[str, int] = session.info.get("topics", {})
                topics = frozenset(reached)
                if topics and not self.is_sqlite:
                    self._notify(session, topics)
                session.commit()
                for topic, number in reached.items():
                    self._reached[topic] = max(number, self.reached(topic))
        finally:
            turn.end()
        self.announce(topics)

    def reached(self, topic: str) -> int:
        """The highest number that a commit of this process had for the topic; 0: none had any."""
        return self._reached.get(topic, 0)

    def announce(self, topics: frozenset[str]) -> None:
        """Tell this process's listeners, of its own commits or of those heard from others."""
        if topics:
            for listener in list(self._listeners):
                listener(topics)

    def _notify(self, session: Session, topics: frozenset[str]) -> None:
        """Tell other processes, with the commit: topics only, since a message is at most 8 kB."""
        message = " ".join([self.process_id, *sorted(topics)])
        session.execute(select(func.pg_notify(CHANNEL, message)))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot for reading; takes no write lock on SQLite and never commits."""
        with Session(self._reading, expire_on_commit=False) as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection, after waiting a moment for those still in use.

        A connection that comes back to a disposed pool would stay open until it is collected.
        """
        deadline = time.monotonic() + LONGEST_GOODBYE_SECONDS
        while _in_use(self.engine) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.engine.dispose()


class _Turn:
    """A writer's turn on SQLite, taken when its transaction begins.

    SQLite itself has a writer sleep, up to 100 ms at a time, and look again: with many writers the
    lock is free most of the time. Those of one process follow one another at once instead.
    """

    def __init__(self, writers: threading.Lock) -> None:
        self._writers = writers
        self._is_mine = False

    def take(self) -> None:
        """Wait for those before; harmless when it is taken already."""
        if not self._is_mine:
            # As long as SQLite would: then its own lock says what is wrong.
            self._is_mine = self._writers.acquire(timeout=SQLITE_WAIT_SECONDS)

    def end(self) -> None:
        """Let the next one write. Any thread may call this."""
        if self._is_mine:
            self._is_mine = False
            self._writers.release()


def on_commit(session: Session, topic: str, number: int = 0) -> None:
    """Announce `topic` to the listeners once this session's transaction is committed.

    `number`: what tells this commit from later ones of the topic, where there is something.
    """
    topics: dict[str, int] = session.info.setdefault("topics", {})
    topics[topic] = max(number, topics.get(topic, 0))


def database_now(session: Session) -> datetime:
    """The database's clock, UTC. Leases use it, since workers' clocks disagree.

    SQLite's is this machine's. A score asks for it thirty times, and each question costs as much as
    one that has an answer; what counts is that a writer reads it when its turn has come.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.connection()
        return datetime.now(UTC)
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def _in_use(engine: Engine) -> int:
    pool = engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": SQLITE_WAIT_SECONDS, "check_same_thread": False},
        **_JSON,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        # Parameters of a failed statement hold names and hashes of tokens: not for the log.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling would begin lazily, after the first read, and a
    # deferred transaction that reads and then writes fails at once when another wrote between.
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get("read_only", False):
        connection.exec_driver_sql("BEGIN")
        return
    turn: _Turn | None = options.get("turn")
    if turn is not None:
        turn.take()
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql_engine(url: str) -> Engine:
    return create_engine(
        url,
        **_JSON,
        pool_pre_ping=True,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        hide_parameters=True,
    )
