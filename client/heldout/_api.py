"""The functions of `import heldout` itself: the client of the saved login.

So a notebook may write `import heldout as client` and then `client.submit(model)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from heldout._calls import public
from heldout._check import Check
from heldout._client import Client
from heldout._constants import SUBMIT_WAIT_SECONDS
from heldout._data import Data
from heldout._datasets import Examples
from heldout._delivery import DEFAULT_PREPROCESSING
from heldout._finals import Finals
from heldout._joining import join as join_server
from heldout._leaderboard import Leaderboard
from heldout._login import find_login
from heldout._models import Me, Quota
from heldout._submission import Submission, SubmissionList
from heldout._tracking import Tracking
from heldout._tracking import track as track_model

if TYPE_CHECKING:
    import httpx
    import numpy as np

    from heldout._retries import Retries

# Clients by (address, token), so that calls share one connection; and the one joined last here.
_clients: dict[tuple[str, str], Client] = {}
_joined: list[Client] = []


@public
def join(
    url: str,
    code: str = "",
    name: str = "",
    *,
    competition: str | None = None,
    room_code: str = "",
    progress: bool | None = None,
    transport: httpx.BaseTransport | None = None,
    retries: Retries | None = None,
) -> Client:
    client = join_server(
        url,
        code,
        name,
        competition=competition,
        room_code=room_code,
        progress=progress,
        transport=transport,
        retries=retries,
    )
    _joined[:] = [client]
    return client


join.__doc__ = join_server.__doc__


@public
def submit(
    model: Any,
    *,
    name: str | None = None,
    history: Any = None,
    wait: bool = True,
    timeout: float | None = SUBMIT_WAIT_SECONDS,
    notes: str | None = None,
    preprocessing: str = DEFAULT_PREPROCESSING,
    hyperparameters: Mapping[str, Any] | None = None,
    **more_hyperparameters: Any,
) -> Submission:
    """`Client.submit` with the saved login."""
    return default_client().submit(
        model,
        name=name,
        history=history,
        wait=wait,
        timeout=timeout,
        notes=notes,
        preprocessing=preprocessing,
        hyperparameters=hyperparameters,
        **more_hyperparameters,
    )


@public
def track(model: Any) -> Tracking:
    """`Client.track`, which needs no login: record every later `fit` of this model."""
    return track_model(model)


@public
def check(model: Any, *, preprocessing: str = DEFAULT_PREPROCESSING) -> Check:
    """`Client.check` with the saved login."""
    return default_client().check(model, preprocessing=preprocessing)


@public
def leaderboard(limit: int = 100, offset: int = 0) -> Leaderboard:
    """`Client.leaderboard` with the saved login."""
    return default_client().leaderboard(limit, offset)


@public
def submission(submission_id: str) -> Submission:
    """`Client.submission` with the saved login."""
    return default_client().submission(submission_id)


@public
def submissions(limit: int | None = 50) -> SubmissionList:
    """`Client.submissions` with the saved login."""
    return default_client().submissions(limit)


@public
def me() -> Me:
    """`Client.me` with the saved login."""
    return default_client().me()


@public
def finals(*submissions: Any) -> Finals:
    """`Client.finals` with the saved login."""
    return default_client().finals(*submissions)


@public
def quota() -> Quota:
    """`Client.quota` with the saved login."""
    return default_client().quota()


@public
def data() -> Data:
    """`Client.data` with the saved login: the contest's data, whatever its kind."""
    return default_client().data()


@public
def test_images() -> np.ndarray[Any, Any]:
    """`Client.test_images` with the saved login: uint8 (n, 28, 28)."""
    return default_client().test_images()


@public
def training_data() -> tuple[Examples, Examples]:
    """`Client.training_data` with the saved login: images and public labels, in two pairs."""
    return default_client().training_data()


def default_client() -> Client:
    """The client joined in this process, else of the environment or the saved login.

    Raises `NotJoined` when there is none.
    """
    if _joined:
        return _joined[0]
    login = find_login(None, None)
    key = (login.url, login.token)
    if key not in _clients:
        _clients[key] = Client()
    return _clients[key]


# pytest collects names that begin with "test_"; this one is a function of the library.
test_images.__test__ = False  # type: ignore[attr-defined]


def forget_clients() -> None:
    """Close every connection of this module; the next call looks up the login anew."""
    for client in (*_clients.values(), *_joined):
        client.close()
    _clients.clear()
    _joined.clear()
