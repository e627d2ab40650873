"""`heldout-server admin`: the same calls from a terminal, none missing."""

import json

import httpx
import pytest

from heldout_server.cli import admin_from_openapi
from heldout_server.cli.admin import NOT_REACHED, REFUSED, WRONG_USE, parsed, run


@pytest.fixture
def admin(api, organizer_token, capfdbinary):
    def running(*arguments: str, token: str = organizer_token):
        code = run(parsed(arguments), api, token)
        said = capfdbinary.readouterr()
        return code, said.out.decode(), said.err.decode()

    return running


def test_has_a_command_for_each_call(api):
    paths = api.get("/openapi.json").json()["paths"]
    wanted = {
        (method, path.removeprefix("/api/v1"))
        for path, item in paths.items()
        for method in item
        if path.startswith("/api/v1/admin/")
    }
    found = admin_from_openapi.all_calls()
    assert {(call.method, call.path) for call in found} == wanted
    assert len({call.name for call in found}) == len(found)


def test_acts_as_the_api_does(admin, tmp_path):
    code, said, _ = admin("pause-competition", "digits")
    assert (code, json.loads(said)["state"]) == (0, "paused")
    code, said, _ = admin("edit-competition", "digits", "--title", "Hello", "--quota-per-day", "5")
    assert (json.loads(said)["title"], json.loads(said)["quota_per_day"]) == ("Hello", 5)
    code, said, _ = admin("edit-competition", "digits", "--json", '{"kinds": ["model"]}')
    assert json.loads(said)["kinds"] == ["model"]
    roster = tmp_path / "roster.csv"
    roster.write_text("name\nAda\n")
    assert json.loads(admin("import-roster", "digits", str(roster))[1])["added"] == 1
    code, said, _ = admin("export-roster", "digits")
    assert said.splitlines()[1].startswith("Ada,")
    target = tmp_path / "out.csv"
    assert admin("--output", str(target), "export-roster", "digits")[1] == ""
    assert "Ada" in target.read_text()
    code, said, _ = admin("list-audit-log", "--action", "roster.import")
    assert json.loads(said)["entries"][0]["actor_name"] == "Organizer"


def test_says_what_is_wrong(admin, tmp_path):
    code, said, error = admin("pause-competition", "none")
    assert (code, said) == (REFUSED, "")
    assert "[not_found]" in error
    assert admin("pause-competition", "digits", token="ho_no")[0] == REFUSED
    assert admin("import-roster", "digits", str(tmp_path / "none.csv"))[0] == WRONG_USE
    assert admin("edit-competition", "digits", "--json", "{")[0] == WRONG_USE
    with pytest.raises(SystemExit):
        parsed(["no-such-command"])


def test_says_when_there_is_no_server(capfd):
    with httpx.Client(base_url="http://127.0.0.1:9") as client:
        assert run(parsed(["get-organizer"]), client, "ho_x") == NOT_REACHED
    assert "No server answers" in capfd.readouterr().err
