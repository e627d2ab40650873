"""A real OpenID provider for tests: Django OAuth Toolkit's, as a process of its own.

It shares no code with Authlib, which the server checks tokens with. It demands PKCE, redirects to
addresses that were registered only, and takes each code once. People sign in by its form.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpx

START_SECONDS = 30
CLIENT_ID, CLIENT_SECRET = "heldout", "swordfish:with/signs%"
PASSWORD = "correct horse"
HIDDEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class SchoolProvider:
    """A running provider."""

    process: subprocess.Popen[bytes]
    url: str

    @property
    def issuer(self) -> str:
        return f"{self.url}/o"

    def register(self, redirect_uri: str) -> None:
        """Let one server ask for sign-ins, at exactly this address."""
        self._control("client", redirect_uri=redirect_uri)

    def person(self, username: str, *, email: str, name: str = "", verified: bool = True) -> None:
        """Somebody with an account, made or changed."""
        self._control("person", username=username, email=email, name=name, verified=verified)

    def change_keys(self) -> None:
        """Sign with another key from now on, and forget the one before."""
        self._control("keys")

    def sign_in(self, address: str, username: str) -> str:
        """Go to `address` as the browser would, sign in, and return where it sends one back to."""
        with httpx.Client(base_url=self.url) as browser:
            form = _followed(browser, address)
            data = {
                "username": username,
                "password": PASSWORD,
                "csrfmiddlewaretoken": HIDDEN.search(form.text)[1],
            }
            posted = browser.post(form.url, data=data)
            assert posted.status_code == 302, posted.text
            return browser.get(posted.headers["location"]).headers["location"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def _control(self, what: str, **given: Any) -> None:
        assert httpx.post(f"{self.url}/control/{what}", json=given).status_code == 200


def _followed(browser: httpx.Client, address: str) -> httpx.Response:
    answer = browser.get(address)
    while answer.status_code == 302:
        answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
    assert answer.status_code == 200, answer.text
    return answer


@contextmanager
def running() -> Iterator[SchoolProvider]:
    """A provider for as long as the block lasts."""
    # The provider's own process runs this file too, and knows no benchmarks.
    from support.ports import free_port

    port = free_port()
    process = subprocess.Popen([sys.executable, __file__, str(port)], stderr=subprocess.DEVNULL)
    provider = SchoolProvider(process, f"http://127.0.0.1:{port}")
    try:
        _wait(provider)
        yield provider
    finally:
        provider.stop()


def _wait(provider: SchoolProvider) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and provider.process.poll() is None:
        try:
            httpx.get(f"{provider.issuer}/.well-known/openid-configuration")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the OpenID provider did not start")


# The process itself.
def new_key() -> str:
    from jwcrypto.jwk import JWK

    pem: bytes = JWK.generate(kty="RSA", size=2048).export_to_pem(private_key=True, password=None)
    return pem.decode()


def configure() -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    apps = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
    apps.append("oauth2_provider")
    page = '<form method="post">{% csrf_token %}{{ form }}<button>Sign in</button></form>'
    loader = ("django.template.loaders.locmem.Loader", {"registration/login.html": page})
    settings.configure(
        SECRET_KEY="of no use",
        ALLOWED_HOSTS=["127.0.0.1"],
        # One thread serves everybody, so everybody has the same database in memory.
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=apps,
        MIGRATION_MODULES={app.rpartition(".")[2]: None for app in apps},
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        ROOT_URLCONF="__main__",
        LOGIN_URL="/login/",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [loader]},
            }
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": new_key(),
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "who", "email": "address", "profile": "name"},
            "OAUTH2_VALIDATOR_CLASS": "__main__.Validator",
        },
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


def control(request: Any, what: str) -> Any:
    from django.http import HttpResponse

    {"client": _client, "person": _person, "keys": _keys}[what](**json.loads(request.body))
    return HttpResponse()


def _client(redirect_uri: str) -> None:
    from oauth2_provider.models import Application

    Application.objects.update_or_create(
        client_id=CLIENT_ID,
        defaults={
            "client_secret": CLIENT_SECRET,
            "client_type": Application.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
            "redirect_uris": redirect_uri,
            "skip_authorization": True,
            "algorithm": Application.RS256_ALGORITHM,
        },
    )


def _person(username: str, email: str, name: str, verified: bool) -> None:
    from django.contrib.auth.models import User

    user, _ = User.objects.get_or_create(username=username)
    user.email, user.first_name, user.is_staff = email, name, verified
    user.set_password(PASSWORD)
    user.save()


def _keys() -> None:
    from oauth2_provider.settings import oauth2_settings

    oauth2_settings.OIDC_RSA_PRIVATE_KEY = new_key()


if __name__ == "__main__":
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    configure()

    from django.contrib.auth.views import LoginView
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import include, path
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Validator(OAuth2Validator):
        """Tells address and name in the token itself."""

        oidc_claim_scope = None

        def get_additional_claims(self, request: Any) -> dict[str, Any]:
            user = request.user
            return {
                "email": user.email,
                "email_verified": user.is_staff,
                "name": user.first_name,
            }

    urlpatterns = [
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        path("login/", LoginView.as_view()),
        path("control/<str:what>", control),
    ]
    WSGIRequestHandler.log_message = lambda *_: None
    make_server("127.0.0.1", int(sys.argv[1]), WSGIHandler()).serve_forever()
