"""The order of the board: the better score, then who got there first, then whose row is older."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Float,
    Integer,
    MetaData,
    Table,
    create_engine,
    insert,
    select,
)

from heldout_server.kit.db import UtcDateTime
from heldout_server.leaderboard.order import ORDER, Order, RankedBy

START = datetime(2026, 11, 25, 18, tzinfo=UTC)
TABLE = Table(
    "ranked", MetaData(),
    Column("score", Float), Column("reached_at", UtcDateTime()), Column("row", Integer),
)  # fmt: skip
COLUMNS = RankedBy(*TABLE.c)


def one(score, minute, row):
    return RankedBy(score, START + timedelta(minutes=minute), row)


ranked = st.lists(
    st.builds(one, st.sampled_from([-1.0, 0.0, 0.5, 1.0]), st.integers(0, 2), st.integers(0, 30)),
    unique_by=lambda by: by.row,
    max_size=12,
)
orders = st.sampled_from([ORDER, Order(RankedBy(False, False, False))])


class TestKey:
    @pytest.mark.parametrize(
        "in_order",
        [
            [one(0.9, 3, 3), one(0.5, 2, 2), one(0.1, 1, 1)],
            [one(0.5, 1, 3), one(0.5, 2, 2), one(0.5, 3, 1)],
            [one(0.5, 1, 1), one(0.5, 1, 2), one(0.5, 1, 3)],
        ],
        ids=["the better score", "of equals who got there first", "of those the older row"],
    )
    def test_puts_first(self, in_order):
        for given_in in permutations(in_order):
            assert sorted(given_in, key=ORDER.key) == in_order


class TestIsBetter:
    def test_goes_by_the_score_alone(self):
        assert ORDER.is_better(0.9, than=0.5)
        assert not ORDER.is_better(0.5, than=0.5)
        assert not ORDER.is_better(0.1, than=0.5)


class TestInSql:
    @given(ranked, orders)
    def test_is_as_in_python(self, rows, order):
        engine = create_engine("sqlite://")
        with engine.begin() as connection:
            TABLE.metadata.create_all(connection)
            if rows:
                connection.execute(insert(TABLE), [row._asdict() for row in rows])
            read = select(*COLUMNS)
            in_order = sorted(rows, key=order.key)
            first = connection.execute(read.order_by(*order.columns(COLUMNS)))
            assert [RankedBy(*row) for row in first] == in_order
            last = connection.execute(read.order_by(*order.columns(COLUMNS, last_first=True)))
            assert [RankedBy(*row) for row in last] == in_order[::-1]
            for place, row in enumerate(in_order):
                before = connection.execute(read.where(order.before(COLUMNS, row)))
                assert {RankedBy(*found) for found in before} == set(in_order[:place])
        engine.dispose()
