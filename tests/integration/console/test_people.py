"""Finding people, and the roster: pasted names, who of them has come, teams that are too big."""

import re

import pytest

from console import hidden, one_id
from integration.console.test_pages import settings
from outline import as_read
from participant import npy

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class TestPeople:
    def test_have_a_place_and_a_score(self, owner, join, labels):
        join("Ada").submit(npy(labels)), join("Bo")
        page = as_read(owner.get("people").text)
        assert '<td data-label="Place" class="number">1</td>' in page
        assert "2 joined, 1 scored" in page
        assert ">1 has not submitted yet</a>" in page

    def test_who_has_sent_nothing_is_one_click_away(self, owner, join, labels):
        join("Ada").submit(npy(labels)), join("Bo")
        found = owner.get("people?silent=true").text
        table = found[found.index("<tbody>") :]
        assert "Bo" in table
        assert "Ada" not in table
        assert "1 sent nothing yet" in as_read(owner.get().text)

    @pytest.mark.parametrize("asked", ["emile", "ÉMILE", "Émile Z", "zola"])
    def test_are_found_whatever_the_accents(self, owner, join, asked):
        join("Émile Zola"), join("Ada")
        found = owner.get(f"people?q={asked}").text
        assert "Émile Zola" in found[found.index("<tbody>") :]
        assert "Ada" not in found[found.index("<tbody>") :]

    def test_members_of_a_team_have_its_place(self, owner, join, labels):
        owner.post("settings/save", **settings(team_size="3"))
        join("Ada"), join("Bo").submit(npy(labels))
        owner.post("teams/create", name="Owls", captain="Ada")
        person = one_id(owner.get("people?q=Bo").text, "people")
        team = re.search(r'value="(t_[^"]+)"', owner.get(f"people/{person}").text).group(1)
        moved = owner.post(f"people/{person}/team", team=team)
        assert "has moved" in moved.text, as_read(moved.text)[-3000:]
        page = as_read(owner.get("people").text)
        assert page.count('<td data-label="Place" class="number">1</td>') == 2


class TestPastedNames:
    def test_are_taken_as_they_are(self, owner):
        ahead = owner.post("roster/preview", csv="Ada Lovelace\nBo\n3. Priya R.")
        assert "3 added, 0" in as_read(ahead.text)
        done = owner.post("roster/import", csv="Ada Lovelace\nBo\n3. Priya R.")
        assert "3 added" in done.text
        assert "Priya R." in owner.get("roster").text

    def test_come_with_a_sheet_to_print(self, owner):
        page = owner.post("roster/import", csv="Ada\nBo").text
        assert "Print a sheet" in page
        assert page.count('class="sheet-card"') == page.count("<svg") - _svgs(owner) == 2

    def test_are_linked_to_who_has_come_already(self, owner, join):
        join("priya r"), join("Zoe"), join("Stranger")
        names = "Priya R.\nZoë\nBo"
        ahead = as_read(owner.post("roster/preview", csv=names).text)
        assert "2 of them have come already" in ahead
        done = owner.post("roster/import", csv=names)
        assert "2 had come already and are linked." in done.text
        assert done.text.count('class="sheet-card"') == 1
        assert owner.get("roster").text.count("not yet") == 1

    def test_are_not_linked_when_two_could_be_meant(self, owner, join):
        join("Zoë"), join("Z-o-e"), join("zoe.")
        done = owner.post("roster/import", csv="Zoe")
        assert "linked" not in done.text

    def test_who_comes_later_is_linked_by_one_click(self, owner, join):
        owner.post("roster/import", csv="Ada Lovelace")
        join("ada lovelace")
        page = owner.get("roster").text
        assert "Link" in page
        entry, participant = hidden(page, "entry_id"), hidden(page, "participant")
        done = owner.post("roster/link", entry_id=entry, participant=participant)
        assert "is “Ada Lovelace” on the roster now." in done.text
        assert "not yet" not in owner.get("roster").text
        again = owner.post("roster/link", entry_id=entry, participant=participant)
        assert again.status_code == 200

    def test_nobody_is_two_people_of_the_roster(self, owner, join):
        owner.post("roster/import", csv="Ada Lovelace\nGrace")
        join("ada lovelace")
        page = owner.get("roster").text
        participant = hidden(page, "participant")
        entries = [part.split('"')[0] for part in page.split('name="entry_id" value="')[1:]]
        owner.post("roster/link", entry_id=entries[0], participant=participant)
        assert (
            owner.post("roster/link", entry_id=entries[-1], participant=participant).status_code
            == 409
        )


class TestTeamsOfTheRoster:
    CSV = "name,team\n" + "\n".join(f"P{number},Owls" for number in range(5))

    def test_that_are_too_big_are_told_before_the_import(self, owner):
        owner.post("settings/save", **settings(team_size="3"))
        ahead = as_read(owner.post("roster/preview", csv=self.CSV).text)
        assert "Up to 3 members are in a team here." in ahead
        assert "would have 5" in ahead

    def test_keep_nobody_out_of_the_room(self, owner, api):
        owner.post("settings/save", **settings(team_size="3"))
        page = owner.post("roster/import", csv=self.CSV).text
        codes = set(re.findall(r"/join\?code=([\w-]+)", page))
        for code in codes:
            assert api.post("/api/v1/join", json={"code": code, "name": ""}).status_code == 201
        assert len(codes) == 5


def _svgs(owner) -> int:
    return owner.get("roster").text.count("<svg")
