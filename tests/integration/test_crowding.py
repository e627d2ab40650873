"""Many at the same moment: nobody waits for a thread while holding what others wait for."""

import time
from concurrent.futures import ThreadPoolExecutor

from participant import Participant, npy

CROWD = 80
LONGEST_SECONDS = 20.0  # the standstill took 30


def test_more_submit_at_once_than_there_are_threads(api, labels):
    people = [Participant.join(api, f"P{number}") for number in range(CROWD)]

    def open_and_send(number):
        content = npy((labels + number) % 10)
        opened = people[number].open(content)
        assert opened.status_code == 201, opened.text
        return people[number].upload(opened.json()["id"], content).status_code

    started = time.monotonic()
    with ThreadPoolExecutor(CROWD) as pool:
        answered = list(pool.map(open_and_send, range(CROWD)))
    assert answered == [202] * CROWD
    assert time.monotonic() - started < LONGEST_SECONDS
