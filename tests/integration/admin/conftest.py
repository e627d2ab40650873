"""An owner and a helper who speak the admin API."""

from __future__ import annotations

import pytest

from organizer import Organizer


@pytest.fixture
def owner(api, organizer_token) -> Organizer:
    return Organizer(api, organizer_token)


@pytest.fixture
def helper(api, owner) -> Organizer:
    answer = owner.post("/organizers", {"name": "Hopper", "role": "helper"})
    assert answer.status_code == 201, answer.text
    return Organizer(api, answer.json()["token"])
