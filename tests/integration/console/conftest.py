"""An owner and a helper, each with a browser of their own."""

from __future__ import annotations

import re

import pytest

from console import Console


@pytest.fixture
def owner(api, organizer_token) -> Console:
    return Console(api.app, organizer_token)


@pytest.fixture
def helper(api, owner) -> Console:
    page = owner.post("/organize/organizers/add", name="Hopper", role="helper")
    token = re.search(r"ho_[\w-]+", page.text)
    assert token is not None
    return Console(api.app, token.group())
