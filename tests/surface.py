"""Every address that answers a GET and isn't the organizers', found by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from typing import Any

from fastapi.routing import iter_route_contexts

from heldout_server.competitions.projector import View

STREAM = "/api/v1/competitions/{slug}/events"  # never ends: what it replays has a test of its own
SCHEMA = "/openapi.json"  # says nothing of any contest, and takes a second
ORGANIZERS = ("/api/v1/admin", "/organize")
CHOICES = {
    "slug": ["digits"],
    "code": ["NOBODYS-CODE"],
    "filename": ["heldout.whl"],
    "study": ["grid"],
    "name": ["heldout.whl"],
    "file": ["training_data.npz", "test_inputs.npy"],
}


def public_routes(app: Any) -> list[str]:
    """Every address that answers GET, but the organizers', the stream and fixed files."""
    found = {
        route.path for route in iter_route_contexts(app.routes) if "GET" in (route.methods or ())
    }
    return sorted(p for p in found if not p.startswith(ORGANIZERS) and p not in {STREAM, SCHEMA})


def addresses(app: Any, sent: list[str], people: Iterable[str], slug: str = "digits") -> list[str]:
    """Every such address for these submissions and participants, with the queries that matter."""
    choices = CHOICES | {"slug": [slug], "submission_id": sent, "participant_id": list(people)}
    found = []
    for path in public_routes(app):
        names = re.findall(r"{(\w+)", path)
        for values in product(*(choices[name] for name in names)):
            filled = path
            for name, value in zip(names, values, strict=True):
                filled = re.sub(rf"{{{name}(:\w+)?}}", value, filled)
            found.append(filled)
    grid = f"/c/{slug}/experiments/grid?x=learning_rate&y=score"
    pairs = [f"/c/{slug}/compare?s={sent[0]}&s={other}" for other in sent[1:]]
    screens = [f"/c/{slug}/tv{part}?view={view}" for part in ("", "/board") for view in View]
    return [
        *found,
        grid,
        *pairs,
        *screens,
        f"/c/{slug}?find=b",
        f"/c/{slug}/experiments?sort=learning_rate",
    ]
