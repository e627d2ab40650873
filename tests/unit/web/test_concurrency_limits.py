"""Who reads the same page waits for one another; who reads another one doesn't."""

import asyncio

from heldout_server.web.concurrency_limits import Turns


class TestTurnsOfPage:
    async def _both(self, one: str, other: str) -> list[str]:
        turns, done = Turns(), []

        async def read(key: str) -> None:
            async with turns.of_page(key):
                done.append(f"begun {key}")
                await asyncio.sleep(0)
                done.append(f"read {key}")

        await asyncio.gather(read(one), read(other))
        return done

    def test_one_reads_a_page_at_a_time(self):
        assert asyncio.run(self._both("a", "a")) == ["begun a", "read a"] * 2

    def test_another_page_is_not_waited_for(self):
        assert asyncio.run(self._both("a", "b")) == ["begun a", "begun b", "read a", "read b"]

    def test_remembers_no_page_that_nobody_reads(self):
        turns = Turns()
        held = turns.of_page("a")
        assert turns.of_page("a") is held
        del held
        assert len(turns._reading_page) == 0
