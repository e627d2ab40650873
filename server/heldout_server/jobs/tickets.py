"""Tickets: "pool cpu has work", carried by Procrastinate on the same PostgreSQL.

They are anonymous hints. A missing one is made up for by the reconciler; one too many wakes a
worker that finds nothing. Everything here does nothing on SQLite, and Procrastinate is imported
only where tickets are used.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text
from sqlmodel import Session

if TYPE_CHECKING:
    import procrastinate

TASK = "ticket"
MOST_ISSUED = 500
"""Enough to wake everyone; the rest is found by whoever is awake."""

WAITING = text(
    """
    select pool, count(*) from submission
    where state = 'queued' and attempt < :max_attempts and deaths / 2 < :max_attempts
    group by pool
    """
)
ISSUED = text(
    """
    select queue_name, count(*) from procrastinate_jobs
    where task_name = :task and status = 'todo' group by queue_name
    """
)
# A ticket in the hands of a worker that no longer lives, or that has ended, is spent. Nothing waits
# for that: whoever died is found out, and their work given back, by the ledger.
DROP_SPENT = text(
    """
    delete from procrastinate_jobs job
    where job.task_name = :task and job.status <> 'todo' and not exists (
      select 1 from procrastinate_workers worker
      where worker.id = job.worker_id
        and worker.last_heartbeat > now() - interval '30 seconds'
    )
    """
)
DROP_SURPLUS = text(
    """
    delete from procrastinate_jobs where id in (
      select id from procrastinate_jobs
      where task_name = :task and status = 'todo' and queue_name = :pool
      order by id desc limit :surplus for update skip locked
    )
    """
).bindparams(bindparam("surplus"))


def issue(session: Session, pool: str, count: int = 1) -> None:
    """Put `count` tickets for `pool` into this transaction: they appear with its commit."""
    if session.get_bind().dialect.name != "postgresql":
        return
    connection = session.connection().connection.driver_connection
    _issuer().configure(queue=pool, connection=connection).batch_defer(*[{}] * count)


def reconcile(session: Session, *, max_attempts: int, claiming: bool) -> int:
    """Make tickets and queued work equal in number, pool by pool; how many were added.

    `claiming` is False in maintenance, when tickets would only be thrown away.
    """
    if session.get_bind().dialect.name != "postgresql":
        return 0
    session.execute(DROP_SPENT, {"task": TASK})
    waiting = _by_pool(session, WAITING, max_attempts=max_attempts) if claiming else {}
    issued = _by_pool(session, ISSUED, task=TASK)
    added = 0
    for pool in sorted(waiting | issued):
        missing = min(waiting.get(pool, 0), MOST_ISSUED) - issued.get(pool, 0)
        if missing > 0:
            issue(session, pool, missing)
            added += missing
        elif missing < 0:
            session.execute(DROP_SURPLUS, {"task": TASK, "pool": pool, "surplus": -missing})
    return added


def listening_app(conninfo: str, serve: Callable[[str], Awaitable[None]]) -> procrastinate.App:
    """A Procrastinate application whose one task awaits `serve(pool)` for each ticket."""
    import procrastinate

    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=conninfo, min_size=1, max_size=4, configure=_one_statement_each
        )
    )

    @app.task(name=TASK, pass_context=True)
    async def ticket(context: procrastinate.JobContext) -> None:
        await serve(context.job.queue)

    return app


async def follow(app: procrastinate.App, pools: Sequence[str], *, at_once: int) -> None:
    """Take tickets of `pools`, `at_once` of them at a time, until this task is cancelled."""
    await app.run_worker_async(
        queues=list(pools),
        concurrency=at_once,
        fetch_job_polling_interval=1.0,
        shutdown_graceful_timeout=2.0,
        install_signal_handlers=False,
        delete_jobs="always",
    )


async def _one_statement_each(connection: Any) -> None:
    """Each query of Procrastinate's is one statement: nothing to begin and to commit around it."""
    await connection.set_autocommit(True)


@cache
def _issuer() -> Any:
    """The task as the issuing side knows it; never opened, since it uses our connections."""
    import procrastinate

    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    return app.task(name=TASK)(_never)


async def _never() -> None:
    raise AssertionError("tickets are served by a listening application")


def _by_pool(session: Session, query: Any, **parameters: object) -> dict[str, int]:
    return {str(pool): int(number) for pool, number in session.execute(query, parameters)}
