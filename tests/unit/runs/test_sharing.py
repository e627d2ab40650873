"""Who sees run cards."""

import pytest

from heldout_server.runs.sharing import shares


@pytest.mark.parametrize(
    ("rule", "choice", "is_closed", "shown"),
    [
        ("always", None, False, True),
        ("always", False, True, False),
        ("after_close", None, False, False),
        ("after_close", None, True, True),
        ("after_close", True, False, True),
        ("after_close", False, True, False),
        ("opt_in", None, True, False),
        ("opt_in", True, False, True),
    ],
)
def test_their_own_choice_wins(
    rule: str, choice: bool | None, is_closed: bool, shown: bool
) -> None:
    assert shares(rule, choice, is_closed=is_closed) is shown
