"""What is printed when the server starts: true addresses, codes, and who can come. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.kit.settings import Settings
from heldout_server.models import Competition
from heldout_server.prediction.sandbox_words import CURE, has_sandbox
from heldout_server.processes.model_scoring import words
from heldout_server.web.reachability import WHERE, Reach, is_loopback_host, reach_of, room_url
from heldout_server.web.room_addresses import room_code, short_path, tv_path

WIDTH = 17
NOBODY_ELSE = "no: it listens on {host}, which is this machine alone (HELDOUT_HOST or --host)"
NO_NETWORK = "no: this machine has no network"
COLAB_REACHES = "yes"
COLAB_CANNOT = (
    "no: it runs at Google, and this address is {reach}'s. heldout-server serve --public opens a "
    "tunnel; without one, people drop their file on their page"
)


@dataclass(frozen=True)
class Place:
    """Where the server is: as this machine asks it, and as others do."""

    here: str
    others: str
    host: str

    @classmethod
    def of(
        cls,
        *,
        host: str,
        port: int,
        public_url: str,
        lan: str | None,
        root: str = "",
        running: bool = True,
    ) -> Place:
        """The addresses of a server bound to `host`; `lan` is this machine's in its network, and
        `root` what a proxy puts before every path. Where none is `running`, it isn't here.
        """
        named = host if host not in {"0.0.0.0", "127.0.0.1"} else "localhost"  # noqa: S104 a comparison
        here = f"http://{named}:{port}{root}"
        others = public_url.rstrip("/") or room_url(here, listens_on=host, lan=lan)
        return cls(here if running or not public_url else others, others, host)

    @property
    def reach(self) -> Reach:
        """Who can reach the address for others."""
        return reach_of(self.others)


def competition_lines(place: Place, competition: Competition) -> list[str]:
    """The board, the way in and the projector of one competition, a label and a value a line."""
    code, board = room_code(competition), f"/c/{competition.slug}"
    return [
        _line("Board", f"{place.here}{board}"),
        _room_line(place, board),
        _line("People join at", f"{place.others}{short_path()}"),
        *([_line("Join code", code)] if code else []),
        _line("Projector", f"{place.others}{tv_path(competition.slug, code)}"),
    ]


def reach_lines(place: Place) -> list[str]:
    """Whether notebooks in the cloud reach this server."""
    reaches = place.reach is Reach.ANYWHERE
    said = COLAB_REACHES if reaches else COLAB_CANNOT.format(reach=place.reach)
    return [_line("From Colab", said)]


def model_lines(settings: Settings, platform: str) -> list[str]:
    """What becomes of models where nothing can shut them in; nothing elsewhere."""
    if has_sandbox(platform) or settings.model_workers == 0:
        return []
    if settings.allow_plain_uncontained:
        return [_line("Models", f"{words(settings, platform)}.")]
    return [_line("Models", f"refused: {words(settings, platform)}. {CURE}")]


def _room_line(place: Place, board: str) -> str:
    if place.reach is not Reach.MACHINE:
        return _line(WHERE[place.reach], f"{place.others}{board}")
    why = NOBODY_ELSE.format(host=place.host) if is_loopback_host(place.host) else NO_NETWORK
    return _line(WHERE[Reach.NETWORK], why)


def _line(label: str, value: str) -> str:
    return f"{label:<{WIDTH}}{value}"
