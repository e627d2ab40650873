"""`/.well-known/security.txt` (RFC 9116): whom to tell about a hole, where somebody was named."""

from datetime import timedelta

from fastapi.responses import PlainTextResponse

from heldout_server.kit.errors import ProblemError
from heldout_server.web.deps import Now, ServicesDep
from heldout_server.web.routes import Routes

router = Routes(include_in_schema=False)

PATH = "/.well-known/security.txt"
# The longest that the RFC recommends.
VALID = timedelta(days=364)


@router.get(PATH)
async def security_txt(services: ServicesDep, now: Now) -> PlainTextResponse:
    """The contact of HELDOUT_SECURITY_CONTACT. Raises ProblemError `not_found` without one."""
    settings = services.settings
    if not settings.security_contact:
        raise ProblemError(
            "not_found",
            "Nobody was named for this.",
            "Whoever runs the server can, with HELDOUT_SECURITY_CONTACT.",
        )
    expires = (now + VALID).strftime("%Y-%m-%dT00:00:00Z")
    lines = [f"Contact: {settings.security_contact}", f"Expires: {expires}"]
    if settings.public_url:
        lines.append(f"Canonical: {settings.public_url.rstrip('/')}{PATH}")
    return PlainTextResponse("\n".join(lines) + "\n")
