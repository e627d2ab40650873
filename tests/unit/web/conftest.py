"""Templates get here what the server hands them at its start."""

from __future__ import annotations

import pytest

from heldout_server.web.html.render import hand_in
from heldout_server.web.pages.template_functions import FUNCTIONS


@pytest.fixture(scope="session", autouse=True)
def template_functions() -> None:
    hand_in(FUNCTIONS)
