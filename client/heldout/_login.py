"""Who this machine has joined as: one small JSON file that only its owner can read."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from heldout._connection import HOW_TO_JOIN, bad_address
from heldout._constants import CONFIG_VARIABLE, TOKEN_VARIABLE, URL_VARIABLE
from heldout._errors import NotJoined

PERSONAL_LETTERS = 9
PAGES = ("c", "submissions", "organize", "docs", "api", "client", "health")


@dataclass(frozen=True)
class Login:
    """One participant on one server; `code` is the one that was typed, the room's or their own."""

    url: str
    token: str
    name: str = ""
    code: str = ""
    competition: str = ""
    personal_code: str = ""

    def is_for(self, url: str, name: str, code: str) -> bool:
        """Whether this is the login that joining with these words would give again.

        Their own code needs no name, and the room's none where it was used here before.
        """
        if self.url != url:
            return False
        if self.personal_code and letters(code) == letters(self.personal_code):
            return True
        given = name.strip().casefold()
        return self.code == code.strip() and given in ("", self.name.casefold())

    @property
    def person(self) -> tuple[str, str, str]:
        """What no two participants have in common."""
        return self.url, self.competition, self.name.casefold()


def letters(code: str) -> str:
    """A personal code as it is compared: `rkd 47w nx9` is `RKD-47W-NX9`."""
    return "".join(character for character in code.upper() if character.isalnum())


def is_personal(code: str) -> bool:
    """Whether it has the form of a personal code: nine letters."""
    return len(letters(code)) == PERSONAL_LETTERS


def competition_in(address: str) -> str | None:
    """The contest whose page was copied out of a browser: `mnist` of `localhost:8000/c/mnist`."""
    _, found, rest = address.partition("/c/")
    return rest.split("/")[0].split("?")[0] or None if found else None


def server_address(text: str) -> str:
    """The server's bare address, from whatever was copied out of a browser.

    `localhost:8000/c/mnist` becomes `http://localhost:8000`. Raises `ConnectionFailed` when it
    cannot be an address.
    """
    address = text.strip()
    if "://" not in address:
        address = f"http://{address}"
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise bad_address(text) from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise bad_address(text)
    path = parts.path.rstrip("/")
    for page in PAGES:
        path = path.split(f"/{page}/")[0].removesuffix(f"/{page}")
    return f"{parts.scheme}://{parts.netloc}{path}"


def login_file(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """Where the logins are kept: `HELDOUT_CONFIG` (a `.json` file or a folder) wins."""
    environ = os.environ if environ is None else environ
    chosen = environ.get(CONFIG_VARIABLE)
    if chosen:
        path = Path(chosen).expanduser()
        return path if path.suffix == ".json" else path / "login.json"
    return _config_folder(environ, platform) / "heldout" / "login.json"


def _config_folder(environ: Mapping[str, str], platform: str) -> Path:
    if platform == "win32":
        return Path(environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def saved_logins(path: Path) -> list[Login]:
    """All saved logins, the newest first; none when the file is missing or damaged."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["logins"]
        return [_login(entry) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _login(entry: dict[str, Any]) -> Login:
    known = {name: str(entry[name]) for name in Login.__dataclass_fields__ if name in entry}
    return Login(**known)


def save_login(login: Login, path: Path) -> None:
    """Put `login` first; an older one of the same person is replaced.

    Raises OSError when the folder cannot be written.
    """
    others = [old for old in saved_logins(path) if old.person != login.person]
    _write([login, *others], path)


def remember(login: Login) -> None:
    """Save it; where that can't be done, say so and go on."""
    path = login_file()
    try:
        save_login(login, path)
    except OSError as error:
        print(
            f"heldout: the login could not be saved in {path} ({error.strerror}); "
            "keep the client object, or set HELDOUT_CONFIG to a folder that can be written.",
            file=sys.stderr,
        )


def forget_login(login: Login, path: Path) -> None:
    """Take it out of the file. Raises OSError when the folder cannot be written."""
    _write([old for old in saved_logins(path) if old.token != login.token], path)


def _write(logins: list[Login], path: Path) -> None:
    document = {"version": 1, "logins": [asdict(each) for each in logins]}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes the file readable by its owner only, and the rename makes it whole or absent.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".login-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def find_login(
    url: str | None,
    token: str | None,
    competition: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    path: Path | None = None,
) -> Login:
    """The server and token to use: given, else from the environment, else saved.

    Of several contests of a server the one named, else the one joined last. The token is empty
    when only an address is known; reading the board needs none. Raises
    `NotJoined` when not even an address is known.
    """
    environ = os.environ if environ is None else environ
    given = url or environ.get(URL_VARIABLE)
    address = server_address(given) if given else None
    # A token in the environment belongs to the address beside it, not to any address given.
    if token is None and (url is None or address == _environment_address(environ)):
        token = environ.get(TOKEN_VARIABLE) or None
    known = saved_logins(path or login_file(environ))
    known = [each for each in known if address in (None, each.url)]
    for login in known:
        wanted = (None, login.competition) if login.competition else (competition,)
        if token in (None, login.token) and (competition in wanted or token):
            return login
    if address is None and known and token is None:
        address = known[0].url  # joined there, not in this contest: to look at it needs no token
    if address is None:
        raise NotJoined("No Heldout server is known here yet.", HOW_TO_JOIN)
    return Login(url=address, token=token or "")


def _environment_address(environ: Mapping[str, str]) -> str | None:
    address = environ.get(URL_VARIABLE)
    return server_address(address) if address else None
