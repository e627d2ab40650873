"""The shape of the tree: sizes, names, documentation that is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from alembic import command
from alembic.config import Config

from heldout_server.kit import errors
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import migrations

ROOT = Path(__file__).parents[2]
SOURCES = [p for top in ("server", "client") for p in (ROOT / top).rglob("*.py")]
UNIT = ROOT / "tests" / "unit"
# The one room of the unit tests whose package isn't below the server's.
RUNNER = ("runner", "../heldout_runner")
WEB = ROOT / "server" / "heldout_server" / "web"
NOT_OURS = {"vendor", "handbook"}
PAGES = [
    p
    for p in WEB.rglob("*")
    if p.suffix in {".html", ".css", ".js"} and not NOT_OURS & set(p.parts)
]
PROMISED = ["server", "client", "tests", "alembic", "docker-compose.yml", "pyproject.toml"]


class TestFiles:
    def test_none_is_longer_than_500_lines(self):
        long = [p for p in SOURCES if len(p.read_text().splitlines()) > 500]
        assert long == []

    def test_none_is_called_by_a_name_that_says_nothing(self):
        names = {"utils.py", "helpers.py", "manager.py", "misc.py", "common.py"}
        assert [p for p in SOURCES if p.name in names] == []

    def test_no_line_of_a_page_is_too_long_to_read_in_a_diff(self):
        assert {path.suffix for path in PAGES} == {".html", ".css", ".js"}
        lines = [(p.name, line) for p in PAGES for line in p.read_text().splitlines()]
        assert [(name, line) for name, line in lines if len(line) > 160] == []

    @pytest.mark.parametrize("name", PROMISED)
    def test_the_fixed_names_are_there(self, name):
        assert (ROOT / name).exists()

    def test_alembic_is_no_package(self):
        """An __init__.py would shadow the library."""
        assert not list((ROOT / "alembic").rglob("__init__.py"))


class TestUnitTests:
    def test_each_stands_at_the_path_of_its_module(self):
        assert [str(p) for p in UNIT.rglob("test_*.py") if not module_of(p).exists()] == []

    def test_each_is_of_its_module(self):
        """A mirrored path alone doesn't say so: the file must also import what it is named for."""
        strangers = [
            str(path)
            for path in UNIT.rglob("test_*.py")
            if module_of(path).suffix == ".py" and module_of(path).stem not in path.read_text()
        ]
        assert strangers == []


def module_of(test: Path) -> Path:
    """The module that this unit test's path mirrors, or the folder (of templates, say)."""
    room = test.relative_to(UNIT)
    name = room.name.removeprefix("test_")
    folder = Path(str(room.parent).replace(*RUNNER)) if room.parts[0] == "runner" else room.parent
    module = ROOT / "server" / "heldout_server" / folder / name
    return module if module.exists() else module.with_suffix("")


class TestMigrations:
    def test_match_the_models(self, database):
        config = Config()
        config.set_main_option("script_location", str(migrations()))
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.check(config)

    def test_go_down_and_up_again(self, database):
        config = Config()
        config.set_main_option("script_location", str(migrations()))
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, "base")
            connection.commit()
            command.upgrade(config, "head")
            connection.commit()


class TestDocumentation:
    def test_names_every_setting(self):
        readme = (ROOT / "README.md").read_text()
        missing = [n for n in Settings.model_fields if f"`HELDOUT_{n.upper()}`" not in readme]
        assert missing == []

    def test_names_no_setting_that_is_not_there(self):
        table = re.findall(r"^\| `HELDOUT_([A-Z_]+)`", (ROOT / "README.md").read_text(), re.M)
        assert {name.lower() for name in table} == set(Settings.model_fields)

    def test_names_every_error_code(self):
        text = (ROOT / "docs" / "errors.md").read_text()
        codes = errors.FILE_CODES | errors.PREDICTION_CODES | set(errors.RULE_STATUS)
        assert [code for code in sorted(codes) if f"`{code}`" not in text] == []

    def test_names_every_command(self):
        said = subprocess.run(
            [sys.executable, "-m", "heldout_server", "--help"], capture_output=True, text=True
        )
        from heldout_server.cli import app

        readme = (ROOT / "README.md").read_text()
        names = [c.name or c.callback.__name__ for c in app.registered_commands]
        assert said.returncode == 0
        assert [name for name in names if f"heldout-server {name}" not in readme] == []

    def test_has_no_address_of_the_machine_it_was_written_on(self):
        tracked = [p for p in ROOT.rglob("*.md") if ".venv" not in p.parts]
        assert [p for p in tracked if "/work/" in p.read_text()] == []


class TestComposeFile:
    @pytest.fixture
    def compose(self):
        return yaml.safe_load((ROOT / "docker-compose.yml").read_text())

    def test_the_one_profile_is_a_locked_down_server(self, compose):
        server = compose["services"]["heldout"]
        assert server["profiles"] == ["one"]
        assert server["read_only"] is True
        assert server["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in server["security_opt"]
        assert server["healthcheck"]["test"]

    def test_the_image_does_not_run_as_root(self):
        dockerfile = (ROOT / "Dockerfile").read_text()
        users = re.findall(r"^USER (\S+)", dockerfile, re.M)
        assert users
        assert users[-1] not in {"root", "0"}

    def test_the_compose_command_accepts_it(self):
        from conftest import missing

        for tool in (["docker", "compose"], ["docker-compose"]):
            try:
                probe = subprocess.run([*tool, "version"], capture_output=True)
            except FileNotFoundError:
                continue
            if probe.returncode == 0:
                said = subprocess.run(
                    [*tool, "--profile", "one", "config"],
                    cwd=ROOT, capture_output=True, text=True,
                )  # fmt: skip
                assert said.returncode == 0, said.stderr
                return
        missing("docker compose")


class TestClientWheel:
    def test_is_the_client_of_this_tree(self, api):
        import io
        import zipfile

        listing = api.get("/client/").text
        name = re.search(r'href="(heldout-[^"]+\.whl)"', listing).group(1)
        wheel = zipfile.ZipFile(io.BytesIO(api.get(f"/client/{name}").content))
        for source in (ROOT / "client" / "heldout").glob("*.py"):
            assert wheel.read(f"heldout/{source.name}") == source.read_bytes(), (
                f"{source.name} changed since make install"
            )

    def test_other_files_are_not_served(self, api):
        assert api.get("/client/..%2fservices.py").status_code == 404
        assert api.get("/client/none.whl").json()["code"] == "not_found"
