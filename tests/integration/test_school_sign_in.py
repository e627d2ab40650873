"""Signing in with the school, at a real OpenID provider: who gets in, as whom, and who doesn't."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import select

from conftest import CODE
from heldout_server.kit.settings import Settings
from heldout_server.models import Organizer as OrganizerRow
from heldout_server.models import Participant
from organizer import Organizer
from participant import browser
from school_provider import CLIENT_ID, CLIENT_SECRET, SchoolProvider, running

HERE = "http://testserver"
JOIN, START, CONSOLE = "/c/digits/join", "/c/digits/school", "/organize/sign-in/school"
SHOWN = re.compile(r'id="own-code"[^>]*>([A-Z0-9-]{11})<')
LEADS_TO = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(scope="session")
def school() -> Iterator[SchoolProvider]:
    with running() as provider:
        provider.register(f"{HERE}/sign-in/school")
        provider.person("ada", email="Ada@uni.example", name="Ada Lovelace")
        provider.person("bob", email="bob@uni.example", name="Bob")
        provider.person("eve", email="ada@uni.example", name="Ada Lovelace", verified=False)
        provider.person("guest", email="guest@elsewhere.example", name="Guest")
        yield provider


@pytest.fixture
def settings(tmp_path, school) -> Settings:
    return Settings(
        data=tmp_path, join_code=CODE, model_workers=0, mnist=None, public_url=HERE,
        school_name="Uni", school_domains="uni.example", oidc_issuer=school.issuer,
        oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET,
    )  # fmt: skip


@pytest.fixture
def owner(api, organizer_token) -> Organizer:
    return Organizer(api, organizer_token)


@pytest.fixture
def by_school(owner) -> None:
    owner.patch("/competitions/digits", {"joining": "school"})


def leaves_to(page: httpx.Response) -> str:
    return html.unescape(LEADS_TO.search(page.text)[1])


def there_and_back(api, school, username: str, start: str = START, **typed: str) -> str:
    """The address at which the provider sends the browser back to us."""
    back = school.sign_in(leaves_to(api.post(start, data=typed)), username)
    assert back.startswith(f"{HERE}/sign-in/school?")
    return back


def through(api, school, username: str, start: str = START, **typed: str) -> httpx.Response:
    return api.get(there_and_back(api, school, username, start, **typed))


def code_on(page) -> str | None:
    found = SHOWN.search(page.text)
    return found and found[1]


def csrf_on(page) -> str:
    return re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)[1]


def people(installed) -> list[str]:
    with installed.database.read() as session:
        return list(session.execute(select(Participant.name).order_by(Participant.id)).scalars())


class TestJoining:
    def test_once_with_the_rooms_code_then_on_any_machine_without(self, api, school, installed):
        page = api.get(JOIN)
        assert "Sign in with <bdi>Uni</bdi>" in page.text
        joined = through(api, school, "ada", room_code=CODE)
        assert str(joined.url) == HERE + JOIN
        assert "You are in, <bdi>Ada Lovelace</bdi>" in joined.text
        code = code_on(joined)
        told = api.post("/api/v1/join", json={"code": code})
        assert told.json()["participant"]["name"] == "Ada Lovelace"
        laptop = browser(api)
        again = through(laptop, school, "ada")
        assert "You are in, <bdi>Ada Lovelace</bdi>" in again.text
        assert code_on(again) is None  # only who has it can show it
        assert "<bdi>Ada Lovelace</bdi>" in laptop.get("/c/digits/me").text
        assert people(installed) == ["Ada Lovelace"]

    @on_sqlite
    def test_the_gate_stays_the_contests(self, api, school, installed):
        for room_code, status in (("", 422), ("NOT-IT", 403)):
            refused = through(api, school, "ada", room_code=room_code)
            assert refused.status_code == status
            assert "<h1>You are not in</h1>" in refused.text
            assert "the room's code lets you in as well" not in refused.text  # it was that
            assert "You are in" not in api.get(JOIN).text
        assert people(installed) == []

    @on_sqlite
    def test_where_the_school_is_the_gate_a_code_is_none(self, api, school, by_school):
        page = api.get(JOIN)
        assert 'name="code" value=""' not in page.text
        assert "You are in" in through(api, school, "ada").text
        refused = api.post("/api/v1/join", json={"code": CODE, "name": "Eve"})
        assert refused.status_code == 403
        assert "signing in with the school" in refused.json()["detail"]

    @on_sqlite
    def test_two_tabs_make_one_person(self, api, school, by_school, installed):
        one = there_and_back(api, school, "ada")
        two = there_and_back(api, school, "ada")
        assert "You are in" in api.get(two).text
        assert "You are in" in api.get(one).text
        assert people(installed) == ["Ada Lovelace"]


@on_sqlite
class TestWhoIsThere:
    def test_whoever_joined_by_a_code_connects_and_stays_who_they_are(self, api, school, installed):
        api.post(JOIN, data={"code": CODE, "name": "Ada"})
        secret = api.cookies.get("heldout_me", path="/c/digits")
        assert "Connect with <bdi>Uni</bdi>" in api.get("/c/digits/me").text
        mine = through(api, school, "ada")
        assert "you can sign in with your school" in mine.text
        assert api.cookies.get("heldout_me", path="/c/digits") == secret
        assert "You are in, <bdi>Ada</bdi>" in through(browser(api), school, "ada").text
        assert people(installed) == ["Ada"]

    def test_somebody_else_in_the_same_browser_gets_another_session(self, api, school, by_school):
        through(api, school, "ada")
        before = api.cookies.get("heldout_me", path="/c/digits")
        assert "You are in, <bdi>Bob</bdi>" in through(api, school, "bob").text
        after = api.cookies.get("heldout_me", path="/c/digits")
        assert after != before
        old = browser(api).get(JOIN, headers={"Cookie": f"heldout_me={before}"})
        assert "You are in" not in old.text

    def test_signing_out_ends_this_browser_alone(self, api, school, by_school):
        laptop = browser(api)
        through(api, school, "ada")
        through(laptop, school, "ada")
        csrf = csrf_on(laptop.get("/c/digits/me"))
        out = laptop.post("/c/digits/me/sign-out", data={"csrf": csrf})
        assert "you are still signed in there" in " ".join(out.text.split())
        assert "You are in" in api.get(JOIN).text
        assert "You are in" not in laptop.get(JOIN).text


@on_sqlite
class TestWhatIsRefused:
    def test_another_mail_domain_in_a_sentence(self, api, school, by_school, installed):
        refused = through(api, school, "guest")
        assert refused.status_code == 403
        assert "guest@elsewhere.example, and this server takes @uni.example only" in refused.text
        unverified = through(browser(api), school, "eve")
        assert "doesn&#39;t say which e-mail address is yours" in unverified.text
        assert people(installed) == []

    def test_a_way_back_that_was_gone_already(self, api, school, by_school):
        back = there_and_back(api, school, "ada")
        cookies = dict(api.cookies)
        assert "You are in" in api.get(back).text
        assert api.get(back).status_code == 400  # the browser has forgotten it …
        stolen = browser(api)
        stolen.cookies.update(cookies)
        refused = stolen.get(back)  # … and for whoever hasn't, the provider takes no code twice
        assert refused.status_code == 403
        assert "You are in" not in stolen.get(JOIN).text

    def test_a_way_back_that_another_browser_began(self, api, school, by_school, installed):
        back = there_and_back(api, school, "ada")
        victim = browser(api)
        refused = victim.get(back)
        assert refused.status_code == 400
        assert "begun too long ago, or in another browser" in refused.text
        assert "heldout_me" not in victim.cookies
        assert people(installed) == []

    def test_a_code_that_was_got_for_another_attempt(self, api, school, by_school, installed):
        """As if it had been put into our address: PKCE and the nonce are of another attempt."""
        codes = parse_qs(urlsplit(there_and_back(api, school, "ada")).query)["code"]
        mine = parse_qs(urlsplit(there_and_back(api, school, "bob")).query)["state"]
        refused = api.get("/sign-in/school", params={"code": codes[0], "state": mine[0]})
        assert refused.status_code == 403
        assert people(installed) == []

    def test_a_refusal_at_the_school(self, api, school, by_school):
        address = leaves_to(api.post(START))
        state = parse_qs(urlsplit(address).query)["state"][0]
        answer = {"state": state, "error": "access_denied", "error_description": "<b>no</b>"}
        refused = api.get("/sign-in/school", params=answer)
        assert refused.status_code == 403
        assert "(access_denied)" in refused.text
        assert "<b>" not in refused.text

    def test_another_issuers_answer(self, api, school, by_school):
        back = there_and_back(api, school, "ada") + "&iss=https://elsewhere.example"
        assert api.get(back).status_code == 400

    def test_a_form_of_another_site(self, api, by_school):
        headers = {"Origin": "http://evil.example"}
        for start in (START, CONSOLE):
            assert api.post(start, headers=headers).status_code == 403
        assert api.post("/c/nothing/school").status_code == 404

    def test_keys_may_change(self, api, school, by_school, installed):
        through(api, school, "ada")
        school.change_keys()
        refused = through(browser(api), school, "bob")
        # Made-up tokens must not have us ask for keys all the time, so it takes half a minute.
        assert refused.status_code == 403
        provider = api.app.state.services.school.provider
        provider._keys_at -= 31
        assert "You are in" in through(browser(api), school, "bob").text


@on_sqlite
class TestWithoutTheSchool:
    @pytest.fixture
    def settings(self, settings) -> Settings:
        gone = {"oidc_issuer": "http://127.0.0.1:9"}
        return settings.model_copy(update=gone)

    def test_its_being_down_is_said_and_codes_go_on(self, api):
        refused = api.post(START)
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        assert "The school&#39;s sign-in doesn&#39;t answer" in refused.text
        assert "the room's code lets you in as well" in refused.text
        assert "You are in" in api.post(JOIN, data={"code": CODE, "name": "Ada"}).text
        refused = api.post(CONSOLE)
        assert refused.status_code == 503
        assert "Your token and your password" in refused.text


@on_sqlite
class TestOrganizers:
    @pytest.fixture
    def grace(self, owner) -> str:
        body = {"name": "Grace", "role": "helper", "email": "Bob@Uni.example"}
        assert owner.post("/organizers", body).status_code == 201
        return owner.get("/organizers").json()["organizers"][-1]["id"]

    def test_whoever_is_listed_signs_in(self, api, school, grace, owner):
        assert "Sign in with <bdi>Uni</bdi>" in api.get("/organize/sign-in").text
        arrived = through(api, school, "bob", start=CONSOLE, next="/organize/c/digits/people")
        assert leaves_to(arrived) == "/organize/c/digits/people"
        assert api.get("/organize").status_code == 200
        assert "Grace" in api.get("/organize/organizers").text
        cookies = arrived.headers.get_list("Set-Cookie")
        (mine,) = (cookie for cookie in cookies if cookie.startswith("heldout_organizer="))
        assert {"HttpOnly", "Path=/organize", "SameSite=strict"} <= set(mine.split("; "))
        log = owner.get("/audit").json()["entries"]
        assert any(one["action"] == "organizer.school" for one in log)

    def test_nobody_else_becomes_one(self, api, school, grace, owner):
        for username in ("ada", "eve"):
            refused = through(api, school, username, start=CONSOLE)
            assert refused.status_code == 403
            assert "heldout_organizer" not in api.cookies
        assert len(owner.get("/organizers").json()["organizers"]) == 2

    def test_the_account_is_who_it_is_not_the_address(self, api, school, grace, owner):
        through(browser(api), school, "bob", start=CONSOLE)
        school.person("bob-2", email="bob@uni.example", name="Bob")
        assert through(api, school, "bob-2", start=CONSOLE).status_code == 409
        # Until an owner says so.
        owner.put(f"/organizers/{grace}/email", {"email": "bob@uni.example"})
        assert through(api, school, "bob-2", start=CONSOLE).status_code == 200

    def test_taking_the_address_away_ends_it(self, api, school, grace, owner):
        elsewhere = through(api, school, "bob", start=CONSOLE, next="//evil.example")
        assert leaves_to(elsewhere) == "/organize"
        assert owner.put(f"/organizers/{grace}/email", {"email": ""}).status_code == 200
        assert "Sign in" in api.get("/organize").text
        assert through(api, school, "bob", start=CONSOLE).status_code == 403

    def test_ending_their_access_deletes_it(self, api, school, grace, owner, installed):
        through(api, school, "bob", start=CONSOLE)
        assert owner.delete(f"/organizers/{grace}").status_code == 200
        with installed.database.read() as session:
            [gone] = session.execute(
                select(OrganizerRow).where(OrganizerRow.name == "Grace")
            ).scalars()
        assert (gone.email, gone.school_hash) == ("", None)

    def test_two_have_no_address_in_common(self, owner, grace):
        again = owner.post("/organizers", {"name": "Ada", "email": "bob@uni.example"})
        assert again.status_code == 409
        wrong = owner.post("/organizers", {"name": "Ada", "email": "bob"})
        assert wrong.status_code == 422


@on_sqlite
class TestByAProxy:
    @pytest.fixture
    def settings(self, tmp_path) -> Settings:
        return Settings(
            data=tmp_path, join_code=CODE, model_workers=0, mnist=None,
            school_name="Uni", proxy_email_header="X-Forwarded-Email",
            proxy_name_header="X-Forwarded-Name", trusted_proxies="10.0.0.5",
        )  # fmt: skip

    @pytest.fixture
    def proxied(self, api):
        """A browser whose requests come from the proxy."""
        there = browser(api)
        there._transport.client = ("10.0.0.5", 4000)
        there.headers["X-Forwarded-For"] = "203.0.113.9"
        return there

    def test_whom_it_names_is_in(self, proxied, by_school, installed):
        headers = {"X-Forwarded-Email": "ada@uni.example", "X-Forwarded-Name": "Ada"}
        assert "You are in, <bdi>Ada</bdi>" in proxied.post(START, headers=headers).text
        again = proxied.post(START, headers={"X-Forwarded-Email": "ADA@uni.example"})
        assert "You are in, <bdi>Ada</bdi>" in again.text
        assert people(installed) == ["Ada"]

    def test_nobody_names_themselves(self, api, by_school, installed):
        headers = {"X-Forwarded-Email": "ada@uni.example", "X-Forwarded-For": "10.0.0.5"}
        refused = api.post(START, headers=headers)
        assert refused.status_code == 403
        assert "didn&#39;t say who you are" in refused.text
        assert people(installed) == []

    def test_organizers_too(self, proxied, owner):
        owner.post("/organizers", {"name": "Grace", "email": "grace@uni.example"})
        headers = {"X-Forwarded-Email": "grace@uni.example"}
        assert "Welcome, <bdi>Grace</bdi>" in proxied.post(CONSOLE, headers=headers).text
        assert proxied.get("/organize").status_code == 200


@on_sqlite
class TestWhereThereIsNone:
    @pytest.fixture
    def settings(self, tmp_path) -> Settings:
        return Settings(data=tmp_path, join_code=CODE, model_workers=0, mnist=None)

    def test_no_page_says_anything_of_it(self, api):
        for page in (JOIN, "/organize/sign-in"):
            assert "school" not in api.get(page).text
        for start in (START, CONSOLE):
            assert api.post(start).status_code == 404
        assert api.get("/sign-in/school").status_code == 404

    def test_a_contest_that_needs_it_says_so(self, api, by_school):
        assert "is not set up on this server" in " ".join(api.get(JOIN).text.split())
