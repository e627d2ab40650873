"""What a stream tells of many events at once."""

from heldout_server.hub import RESYNC
from heldout_server.web.api.events import merged
from heldout_server.web.stream import Heard


def heard(number, kind="submission.queued", competition=1):
    return Heard(number, kind, competition, number, {})


def ids(found):
    return [event.id for event in found]


def test_only_the_last_change_of_the_queue_is_told():
    assert ids(merged([heard(1), heard(2), heard(3)], 1)) == [3]


def test_every_score_is_told_in_order():
    batch = [heard(1), heard(2, "submission.scored"), heard(3), heard(4, "board.changed")]
    assert ids(merged(batch, 1)) == [2, 3, 4]


def test_what_is_no_change_of_the_queue_is_told_whatever_comes_after_it():
    batch = [heard(1, "board.announced"), heard(2, "projector.changed"), heard(3), heard(4)]
    assert ids(merged(batch, 1)) == [1, 2, 4]


def test_other_competitions_are_not_told_of():
    assert ids(merged([heard(1, competition=2), heard(2, "submission.scored", 2)], 1)) == []


def test_a_resync_is_told_to_everyone():
    assert ids(merged([heard(5, RESYNC, 0), heard(6)], 1)) == [5, 6]
