"""Every setting, read once from the environment (`HELDOUT_…`) and passed down by hand."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MEBIBYTE = 1024 * 1024
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)
HOST = re.compile(r"[a-z0-9.-]+", re.IGNORECASE)
ROOT_PATH = re.compile(r"(/[\w.~%@+:-]+)*", re.ASCII)
HEADER = re.compile(r"[A-Za-z0-9-]+")
CONTACT = re.compile(r"(mailto:|https://)[\x21-\x7e]+")
ALL_PROXIES, NO_PROXY = "*", "none"


class Settings(BaseSettings):
    """Settings of one server. The README's table is checked against the fields below."""

    model_config = SettingsConfigDict(env_prefix="HELDOUT_", extra="ignore", env_ignore_empty=True)

    data: Path = Field(Path("data"), description="Folder for the database, files and labels.")
    database_url: str = Field(
        "", description="PostgreSQL URL; empty: an SQLite file in the data folder."
    )
    blobs_url: str = Field(
        "", description="Object store for files: `s3://`, `gs://` or `az://…`; empty: local disk."
    )
    host: str = Field("0.0.0.0", description="Address to listen on.")  # noqa: S104 a room must reach it
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    public_url: str = Field(
        "", description="The board's address as people type it, where a proxy stands in front."
    )
    root_path: str = Field(
        "",
        description="Path below which a proxy shows the board; empty: that of the public URL.",
    )
    notebook_url: str = Field(
        "", description="The board's address for notebooks, where it is another than people's."
    )
    join_code: str = Field("", description="Join code of a new competition; empty: made up.")
    mnist: Path | None = Field(
        None, description="MNIST as Keras's npz, or a folder with it or the four IDX files."
    )
    download: bool = Field(True, description="Whether MNIST may be downloaded when it isn't here.")
    public_fraction: float = Field(
        0.5, gt=0, lt=1, description="Share of hidden examples scored in public, at creation."
    )
    timezone: str = Field("UTC", description="The room's time zone: quotas start at its midnight.")
    quota_per_day: int = Field(
        100, ge=0, description="Scored submissions a participant has a day; 0: no limit."
    )
    joins_per_minute: int = Field(
        60,
        ge=0,
        description="Accounts that one address may make a minute, twice as many at once; 0: any.",
    )
    run_sharing: str = Field(
        "always",
        pattern=r"^(always|after_close|opt_in)$",
        description="Who sees run cards, at creation: `always`, `after_close` or `opt_in`.",
    )
    retention_days: int = Field(
        0,
        ge=0,
        le=3650,
        description="Days after a contest's end until names and files are deleted, at creation; "
        "0: kept.",
    )
    attempts_per_minute: int = Field(
        30, ge=1, description="Submissions a participant may open in a minute."
    )
    model_bytes: int = Field(50_000_000, ge=1, description="Largest model file, in bytes.")
    predictions_bytes: int = Field(
        16_000_000, ge=1, description="Largest prediction file, in bytes."
    )
    upload_bytes_per_day: int = Field(
        2_000_000_000, ge=0, description="Bytes of files a participant may send a day; 0: no limit."
    )
    upload_minutes: float = Field(
        15, gt=0, description="Minutes an opened submission waits for its file."
    )
    longest_parameters: int = Field(
        50_000_000, ge=1, description="Most parameters that a model may have."
    )
    queue_length: int = Field(
        1000, ge=1, description="Submissions that may wait before new ones are put off."
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|gpu|gpu:\d+)$",
        description="Where models are scored: `auto`, `cpu`, `gpu` or `gpu:N`.",
    )
    engine: str = Field(
        "auto",
        pattern=r"^(auto|tensorflow|onnxruntime)$",
        description="What runs models: `tensorflow`, `onnxruntime` (plain ones only), or `auto`: "
        "each model by the one that suits it.",
    )
    model_workers: int | None = Field(
        None, ge=0, description="Models scored at the same time; empty: one a core, 4 at most."
    )
    threads_per_model: int = Field(1, ge=0, description="Threads for one model; 0: all cores.")
    model_memory_bytes: int = Field(
        2 * 1024 * MEBIBYTE, ge=1, description="Memory that one model may take, in bytes."
    )
    gpu_memory_bytes: int = Field(
        0, ge=0, description="GPU memory of one model, in bytes; 0: as it grows."
    )
    allow_uncontained: bool = Field(
        False,
        description="Score models even if the sandbox does not hold; Linux and loopback only.",
    )
    allow_plain_uncontained: bool = Field(
        False,
        description="Where there is no sandbox (macOS, Windows): score plain models all the same.",
    )
    batch_size: int = Field(0, ge=0, description="Predict batch; 0: by the kind of model.")
    load_seconds: float = Field(20, gt=0, description="Time limit to load one model.")
    predict_seconds: float = Field(60, gt=0, description="Time limit to predict with one model.")
    lease_seconds: float = Field(30, gt=0, description="How long a worker owns a job unrenewed.")
    max_attempts: int = Field(3, ge=1, description="Tries of our machinery before it's an error.")
    attempt_seconds: float = Field(
        600, gt=0, description="Wall-clock limit of one attempt at a step; then it is taken away."
    )
    worker_seconds: float = Field(
        6, gt=0, description="A worker silent for so long is taken for dead; its work runs again."
    )
    running_per_participant: int = Field(
        8, ge=0, description="Submissions of one participant that run at once; 0: no limit."
    )
    events_kept: int = Field(
        100_000, ge=1000, description="Newest events kept for streams that come back."
    )
    log_format: str = Field(
        "logfmt", pattern="^(logfmt|json)$", description="Lines of the log: `logfmt` or `json`."
    )
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port of this process's `/metrics`, for the inside; 0: none."
    )
    trusted_proxies: str = Field(
        "127.0.0.1, ::1",
        description="Proxies whose `X-Forwarded-For` is believed: addresses and networks, `*` or "
        "`none`.",
    )
    connections_per_address: int = Field(
        2000, ge=0, description="Connections that one address may hold open; 0: no limit."
    )
    streams_per_address: int = Field(
        500, ge=0, description="Open boards (event streams) of one address; 0: no limit."
    )
    streams: int = Field(
        4000, ge=0, description="Open boards (event streams) of this process; 0: no limit."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="More names of this server than the public URL's, separated by commas."
    )
    security_contact: str = Field(
        "", description="`mailto:` or `https://` for `/.well-known/security.txt`; empty: none."
    )
    school_name: str = Field(
        "your school", max_length=60, description="Whom people sign in with, on the button."
    )
    school_domains: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Mail domains that may sign in so, separated by commas; empty: any."
    )
    oidc_issuer: str = Field(
        "", description="The school's OpenID Connect issuer, `https://…`; empty: no such sign-in."
    )
    oidc_client_id: str = Field("", description="What the issuer calls this server.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="The secret that it gave this server, if it gave one."
    )
    oidc_trust_email: bool = Field(
        False,
        description="Whether addresses count that the issuer marks neither verified nor not.",
    )
    proxy_email_header: str = Field(
        "", description="Header in which a trusted proxy says who signed in; empty: none does."
    )
    proxy_name_header: str = Field("", description="Header in which it gives their name.")
    privacy_contact: str = Field(
        "",
        description="`mailto:` or `https://` of whoever answers for personal data, on `/privacy`.",
    )
    import_bytes: int = Field(
        8 * 1024 * MEBIBYTE, ge=1, description="Largest event to import, unpacked, in bytes."
    )
    embed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Sites that may show the board in a frame, separated by commas."
    )
    secret_key_file: Path | None = Field(
        None,
        description="Key file that seals webhooks; empty: `secret.key` in the data folder.",
    )
    webhooks_private: bool = Field(
        False, description="Whether webhooks may call addresses in private networks."
    )
    access_log: bool = Field(False, description="Whether each request is logged.")

    @field_validator("embed_origins", mode="before")
    @classmethod
    def _origins(cls, given: object) -> object:
        """`https://a.example, https://b.example:8443`: they go into a header as they are."""
        if not isinstance(given, str):
            return given
        found = tuple(origin.strip().rstrip("/") for origin in given.split(",") if origin.strip())
        wrong = [origin for origin in found if not ORIGIN.fullmatch(origin)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no origin such as https://course.example")
        return found

    @field_validator("root_path")
    @classmethod
    def _root_path(cls, given: str) -> str:
        path = f"/{given.strip('/')}" if given.strip("/") else ""
        if not ROOT_PATH.fullmatch(path):
            raise ValueError(f"{given!r} is no path such as /heldout")
        return path

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, given: str) -> str:
        cls._root_path(urlsplit(given).path)
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, given: str) -> str:
        for one in _listed(given):
            if one not in {ALL_PROXIES, NO_PROXY}:
                ipaddress.ip_network(one)
        return given

    @field_validator("school_domains", mode="before")
    @classmethod
    def _domains(cls, given: object) -> object:
        return cls._hosts(given.replace("@", "")) if isinstance(given, str) else given

    @field_validator("proxy_email_header", "proxy_name_header")
    @classmethod
    def _header(cls, given: str) -> str:
        if given and not HEADER.fullmatch(given):
            raise ValueError(f"{given!r} is no header such as X-Forwarded-Email")
        return given.lower()

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _hosts(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        wrong = [host for host in _listed(given) if not HOST.fullmatch(host)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no host name such as board.example.org")
        return _listed(given.lower())

    @field_validator("security_contact", "privacy_contact")
    @classmethod
    def _contact(cls, given: str) -> str:
        if given and not CONTACT.fullmatch(given):
            raise ValueError("it begins with mailto: or https://")
        return given

    @property
    def root(self) -> str:
        """What stands before every path in the eyes of browsers; empty as a rule."""
        return self.root_path or urlsplit(self.public_url).path.rstrip("/")

    @property
    def believed_proxies(self) -> tuple[str, ...]:
        """The trusted proxies, one by one."""
        return tuple(one for one in _listed(self.trusted_proxies) if one != NO_PROXY)

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL: the one given, with the psycopg driver, or the SQLite file."""
        if not self.database_url:
            return f"sqlite:///{self.data / 'heldout.db'}"
        scheme, _, rest = self.database_url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            return f"postgresql+psycopg://{rest}"
        return self.database_url


def _listed(given: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in given.split(",") if one.strip())
