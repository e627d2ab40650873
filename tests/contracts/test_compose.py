"""The containers' locks: who sees what, who reaches whom, and what nobody may do."""

from __future__ import annotations

import ipaddress
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import missing

ROOT = Path(__file__).parents[2]
PROFILES = ("one", "scale", "scale-gpu")
OURS = "heldout-server:"
LABELS = "/data/labels"
SECRETS = {"HELDOUT_DB_PASSWORD": "swordfish", "HELDOUT_STORE_SECRET": "marlin-fish"}
WITH_LABELS = {"grader", "init"}
FROM_OUTSIDE = {"heldout", "proxy"}
OUT_OF_THE_HOUSE = {"proxy", "init"}


def compose_command() -> list[str]:
    """`docker compose`, or Debian's `docker-compose`: whichever is here."""
    for tool in (["docker", "compose"], ["docker-compose"]):
        try:
            if subprocess.run([*tool, "version"], capture_output=True).returncode == 0:
                return tool
        except FileNotFoundError:
            continue
    missing("docker compose")
    raise AssertionError


def resolved(profile: str, *files: Path) -> dict[str, Any]:
    """The file as the tool itself reads it, anchors and variables resolved; or several, merged."""
    named = [word for file in files for word in ("--file", str(file))]
    said = subprocess.run(
        [*compose_command(), *named, "--profile", profile, "config"],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, **SECRETS},
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = yaml.safe_load(said.stdout)
    return found


def in_profile(compose: dict[str, Any], profile: str) -> dict[str, dict[str, Any]]:
    services = compose["services"]
    return {name: s for name, s in services.items() if profile in s.get("profiles", [])}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


PINNED = ROOT / "deploy" / "compose.pinned.yml"
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
SERVICES = sorted(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, compose: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return request.param, compose["services"][request.param]


def targets(service: dict[str, Any]) -> dict[str, bool]:
    """Where volumes are mounted, and whether they can be written."""
    found = {}
    for volume in service.get("volumes", []):
        _, target, *mode = volume.split(":")
        found[target] = mode != ["ro"]
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_the_tool_accepts_every_profile(profile: str) -> None:
    assert in_profile(resolved(profile), profile) or resolved(profile)["services"]


class TestEveryContainer:
    def test_is_locked_down(self, service: tuple[str, dict[str, Any]]) -> None:
        _, options = service
        assert options["read_only"] is True
        assert options["cap_drop"] == ["ALL"]
        assert options["security_opt"] == ["no-new-privileges:true"]
        assert options["pids_limit"] > 0
        assert options["mem_limit"]
        assert "privileged" not in options
        assert options.get("pid") is None
        assert options.get("ipc") is None

    def test_gets_back_only_what_it_needs(self, service: tuple[str, dict[str, Any]]) -> None:
        name, options = service
        allowed = {"proxy": ["NET_BIND_SERVICE"], "store-folder": ["CHOWN"]}
        assert options.get("cap_add", []) == allowed.get(name, [])

    def test_runs_as_somebody(self, service: tuple[str, dict[str, Any]]) -> None:
        name, options = service
        ours = options["image"].startswith(OURS)  # the Dockerfile's last USER is heldout
        assert ours or options.get("user") or name in {"proxy", "store-folder"}

    def test_sees_no_folder_of_the_host(self, service: tuple[str, dict[str, Any]]) -> None:
        name, options = service
        sources = [volume.split(":")[0] for volume in options.get("volumes", [])]
        from_host = [source for source in sources if source.startswith((".", "/", "~"))]
        assert from_host == (["./deploy/Caddyfile"] if name == "proxy" else [])

    def test_of_ours_can_write_where_temporary_files_go(
        self, service: tuple[str, dict[str, Any]]
    ) -> None:
        _, options = service
        folders = [folder.split(":")[0] for folder in options.get("tmpfs", [])]
        assert "/tmp" in folders or not options["image"].startswith(OURS)  # noqa: S108

    def test_has_a_port_only_if_people_come_to_it(
        self, service: tuple[str, dict[str, Any]]
    ) -> None:
        name, options = service
        assert bool(options.get("ports")) == (name in FROM_OUTSIDE)

    def test_has_no_secret_written_down(self, service: tuple[str, dict[str, Any]]) -> None:
        for key, value in _environment(service[1]).items():
            if "PASSWORD" in key or "SECRET" in key:
                assert value.startswith("${")
            assert "heldout:" not in value or "heldout:${" in value


class TestLabels:
    def test_are_the_graders_alone(self, compose: dict[str, Any]) -> None:
        scale = in_profile(compose, "scale-gpu")
        having = {name for name, options in scale.items() if LABELS in targets(options)}
        assert having == WITH_LABELS

    def test_are_not_within_another_mount(self, compose: dict[str, Any]) -> None:
        for name, options in in_profile(compose, "scale-gpu").items():
            sources = [volume.split(":")[0] for volume in options.get("volumes", [])]
            assert "data" not in sources
            assert ("labels" in sources) == (name in WITH_LABELS)

    def test_cannot_be_changed_by_the_grader(self, compose: dict[str, Any]) -> None:
        assert targets(compose["services"]["grader"])[LABELS] is False

    @pytest.mark.parametrize("name", ["web-1", "web-2", "scorer", "scorer-gpu"])
    def test_no_setting_of_others_speaks_of_them(self, compose: dict[str, Any], name: str) -> None:
        environment = _environment(compose["services"][name])
        assert not {key for key in environment if "LABEL" in key or key == "HELDOUT_MNIST"}


class TestNetworks:
    def test_all_but_the_edge_are_internal(self, compose: dict[str, Any]) -> None:
        open_ones = {n for n, options in compose["networks"].items() if not options.get("internal")}
        assert open_ones == {"edge"}

    def test_who_has_a_way_out(self, compose: dict[str, Any]) -> None:
        scale = in_profile(compose, "scale-gpu")
        out = {name for name, options in scale.items() if "edge" in options.get("networks", [])}
        assert out == OUT_OF_THE_HOUSE

    def test_everybody_is_in_named_ones(self, compose: dict[str, Any]) -> None:
        """Without a word a container would join the default network, which leads outside."""
        for options in in_profile(compose, "scale-gpu").values():
            assert options.get("networks") or options.get("network_mode") == "none"

    @pytest.mark.parametrize("name", ["scorer", "scorer-gpu", "grader", "reconcile"])
    def test_workers_reach_rows_and_files_only(self, compose: dict[str, Any], name: str) -> None:
        assert set(compose["services"][name]["networks"]) == {"ledger", "files"}

    def test_the_proxy_reaches_web_only(self, compose: dict[str, Any]) -> None:
        behind = {n for n, s in compose["services"].items() if "front" in s.get("networks", [])}
        assert behind == {"proxy", "web-1", "web-2"}

    @pytest.mark.parametrize("name", ["web-1", "web-2"])
    def test_web_believes_the_proxys_network_and_no_worker(
        self, compose: dict[str, Any], name: str
    ) -> None:
        trusted = compose["services"][name]["environment"]["HELDOUT_TRUSTED_PROXIES"]
        assert compose["networks"]["front"]["ipam"]["config"] == [{"subnet": trusted}]
        network = resolved("scale")["networks"]["front"]["ipam"]["config"][0]["subnet"]
        assert ipaddress.ip_network(network).is_private


class TestRoles:
    @pytest.mark.parametrize(
        ("name", "command"),
        [
            ("web-1", ["web"]),
            ("web-2", ["web"]),
            ("grader", ["worker", "--pools", "grade"]),
            ("scorer", ["worker", "--pools", "cpu"]),
            ("scorer-gpu", ["worker", "--pools", "gpu"]),
            ("reconcile", ["reconcile"]),
            ("init", ["init"]),
        ],
    )
    def test_are_commands_that_there_are(
        self, compose: dict[str, Any], name: str, command: list[str]
    ) -> None:
        from heldout_server.cli import app

        assert compose["services"][name]["command"] == ["heldout-server", *command]
        names = {c.name or c.callback.__name__ for c in app.registered_commands}
        assert command[0] in names

    @pytest.mark.parametrize("name", ["web-1", "web-2", "grader", "reconcile", "init"])
    def test_that_run_no_model_have_no_tensorflow(self, compose: dict[str, Any], name: str) -> None:
        options = compose["services"][name]
        assert options["image"].endswith("-light")
        assert options["build"]["args"] == {"LOCK": "requirements-light.lock"}

    @pytest.mark.parametrize("name", ["web-1", "grader", "reconcile", "scorer", "init"])
    def test_a_database_password_may_hold_any_character(
        self, compose: dict[str, Any], name: str
    ) -> None:
        """Within a URL an @ would end it, and %41 would be an A."""
        environment = _environment(compose["services"][name])
        assert environment["HELDOUT_DATABASE_URL"] == "postgresql://heldout@db/heldout"
        assert environment["PGPASSWORD"] == "${HELDOUT_DB_PASSWORD:-}"

    def test_a_gpu_is_reserved_where_it_is_used(self, compose: dict[str, Any]) -> None:
        reserving = {
            name
            for name, options in compose["services"].items()
            if "devices" in str(options.get("deploy", ""))
        }
        assert reserving == {"scorer-gpu"}
        device = compose["services"]["scorer-gpu"]["deploy"]["resources"]["reservations"]
        assert device["devices"][0]["capabilities"] == ["gpu"]

    def test_the_database_is_asked_where_others_ask_it(self, compose: dict[str, Any]) -> None:
        """A server that only makes the database answers on its socket, and ends."""
        test = compose["services"]["db"]["healthcheck"]["test"]
        assert test[:4] == ["CMD", "pg_isready", "-h", "127.0.0.1"]

    def test_settings_are_those_that_there_are(self, compose: dict[str, Any]) -> None:
        from heldout_server.kit.settings import Settings

        known = {f"HELDOUT_{name.upper()}" for name in Settings.model_fields}
        for name, options in compose["services"].items():
            ours = {k for k in _environment(options) if k.startswith("HELDOUT_")}
            assert name == "proxy" or ours <= known

    def test_the_proxy_hides_what_is_for_the_inside(self) -> None:
        caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
        assert "path /metrics /ready" in caddyfile
        assert "respond @inside 404" in caddyfile
        assert "flush_interval -1" in caddyfile  # event streams
        assert "lb_policy cookie" in caddyfile  # a browser asks where its stream is


def _environment(service: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in service.get("environment", {}).items()}


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    found: dict[str, Any] = resolved("scale-gpu", ROOT / "docker-compose.yml")["services"]
    return found


@pytest.fixture(scope="module")
def both() -> dict[str, Any]:
    found: dict[str, Any] = resolved("scale-gpu", ROOT / "docker-compose.yml", PINNED)["services"]
    return found


class TestPinned:
    """The second file says the same images by their digests, of all that isn't built here."""

    def test_changes_no_tag(self, both: dict[str, Any], alone: dict[str, Any]) -> None:
        assert {name: DIGEST.sub("", options["image"]) for name, options in both.items()} == {
            name: options["image"] for name, options in alone.items()
        }

    def test_has_a_digest_for_each(self, both: dict[str, Any]) -> None:
        for name, options in both.items():
            if not options["image"].startswith(OURS):
                assert DIGEST.search(options["image"]), name

    def test_builds_ours_on_the_dockerfiles_base(self, both: dict[str, Any]) -> None:
        (base,) = re.findall(r"^ARG BASE=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        used = {o["build"]["args"]["BASE"] for o in both.values() if o["image"].startswith(OURS)}
        assert {DIGEST.sub("", one) for one in used} == {base}
        assert all(DIGEST.search(one) for one in used)

    def test_says_nothing_else(self) -> None:
        services = yaml.safe_load(PINNED.read_text())["services"]
        assert sorted(services) == SERVICES
        for options in services.values():
            built = options.get("build", {"args": {"BASE": ""}})
            assert options.keys() <= {"image", "build"}
            assert built.keys() == {"args"}
            assert built["args"].keys() == {"BASE"}
