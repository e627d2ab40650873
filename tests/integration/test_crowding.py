"""Many at the same moment: nobody waits for a thread while holding what others wait for."""

import time
from concurrent.futures import ThreadPoolExecutor

from participant import Participant, npy

CROWD = 80
STANDSTILL_SECONDS = 30
"""How long a thread waits for a connection before it gives up."""


def test_more_submit_at_once_than_there_are_threads(api, labels):
    """How fast this machine is just now shows from the same files sent one after another."""
    people = [Participant.join(api, f"P{number}") for number in range(CROWD)]

    def open_and_send(number, shift=0):
        content = npy((labels + number + shift) % 10)
        opened = people[number].open(content)
        assert opened.status_code == 201, opened.text
        return people[number].upload(opened.json()["id"], content).status_code

    started = time.monotonic()
    for number in range(CROWD // 4):
        open_and_send(number, shift=5)
    alone = 4 * (time.monotonic() - started)
    started = time.monotonic()
    with ThreadPoolExecutor(CROWD) as pool:
        answered = list(pool.map(open_and_send, range(CROWD)))
    assert answered == [202] * CROWD
    assert time.monotonic() - started < STANDSTILL_SECONDS * 2 / 3 + 2 * alone
