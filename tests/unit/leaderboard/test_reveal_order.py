"""Nothing of the final order is told before the reveal."""

from datetime import UTC, datetime

import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard.reveal_order import check_revealed
from heldout_server.models import Competition


def test_is_refused_until_the_scores_are_revealed():
    with pytest.raises(ProblemError) as refused:
        check_revealed(Competition(revealed_at=None))
    assert (refused.value.code, bool(refused.value.hint)) == ("conflict", True)
    check_revealed(Competition(revealed_at=datetime(2026, 11, 22, tzinfo=UTC)))
