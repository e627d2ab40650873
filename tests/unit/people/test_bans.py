"""A ban is told with its reason."""

from datetime import UTC, datetime

import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.models import Participant
from heldout_server.people import bans

AT = datetime(2026, 11, 22, 18, tzinfo=UTC)


def test_whoever_is_not_banned_may_act():
    bans.check(Participant(banned_at=None, ban_reason="once"))


@pytest.mark.parametrize(("reason", "said"), [("", "competition."), ("copied", ": copied.")])
def test_whoever_is_banned_hears_why(reason, said):
    with pytest.raises(ProblemError) as refused:
        bans.check(Participant(banned_at=AT, ban_reason=reason))
    assert refused.value.code == "forbidden"
    assert refused.value.detail.endswith(said)
