"""How people sign in with the school on this server: worked out of the settings, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from heldout_server.kit.settings import ALL_PROXIES, Settings

if TYPE_CHECKING:
    from heldout_server.web.school.provider import Provider

CALLBACK = "/sign-in/school"
"""What the issuer has to know as the redirect URI, behind the public URL."""


class WrongSettings(Exception):
    """The settings can't mean anything; the message says what to do."""


@dataclass(frozen=True)
class School:
    """The school's name, who may sign in, and by which of the two ways."""

    name: str
    domains: tuple[str, ...] = ()
    provider: Provider | None = None
    email_header: str = ""
    name_header: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """Those that only a trusted proxy may send."""
        return tuple(header for header in (self.email_header, self.name_header) if header)


def school_of(settings: Settings) -> School | None:
    """The sign-in that the settings ask for, or None. Raises WrongSettings."""
    if settings.oidc_issuer and settings.proxy_email_header:
        raise WrongSettings(
            "Both HELDOUT_OIDC_ISSUER and HELDOUT_PROXY_EMAIL_HEADER are set: people sign in by "
            "one of the two."
        )
    if settings.oidc_issuer:
        provider = _provider(settings)
        return School(settings.school_name, settings.school_domains, provider)
    if settings.proxy_email_header:
        _check_proxies(settings)
        return School(
            settings.school_name,
            settings.school_domains,
            email_header=settings.proxy_email_header,
            name_header=settings.proxy_name_header,
        )
    return None


def _check_proxies(settings: Settings) -> None:
    named = "trusted_proxies" in settings.model_fields_set and settings.believed_proxies
    if not named or ALL_PROXIES in settings.believed_proxies:
        raise WrongSettings(
            "HELDOUT_PROXY_EMAIL_HEADER needs HELDOUT_TRUSTED_PROXIES to name the proxy, such as "
            "10.0.0.5: whoever else could send the header would be anybody they like."
        )


def _provider(settings: Settings) -> Provider:
    try:
        from heldout_server.web.school.provider import Provider, is_safe
    except ImportError:
        raise WrongSettings(
            "HELDOUT_OIDC_ISSUER needs Authlib: pip install 'heldout-server[oidc]'."
        ) from None
    if not is_safe(settings.oidc_issuer):
        raise WrongSettings("HELDOUT_OIDC_ISSUER is no https address.")
    if not settings.oidc_client_id:
        raise WrongSettings("HELDOUT_OIDC_ISSUER needs HELDOUT_OIDC_CLIENT_ID beside it.")
    if not settings.public_url:
        raise WrongSettings(
            "HELDOUT_OIDC_ISSUER needs HELDOUT_PUBLIC_URL: people come back to that address, and "
            f"the issuer has to know it, with {CALLBACK} behind it."
        )
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.public_url.rstrip("/") + CALLBACK,
        settings.oidc_trust_email,
    )
