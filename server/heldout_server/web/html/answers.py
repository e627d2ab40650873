"""How cached pages travel: tagged, compressed once, 304 when the browser has them."""

from __future__ import annotations

from fastapi import Request, Response

from heldout_server.web.html.page_cache import Rendered

HTML = "text/html; charset=utf-8"


def answer(request: Request, page: Rendered, media_type: str = HTML, **headers: str) -> Response:
    """The page, or 304 when `If-None-Match` names it."""
    common = {
        "ETag": page.tag,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    if request.headers.get("if-none-match") == page.tag:
        return Response(status_code=304, headers=common)
    if "gzip" in request.headers.get("accept-encoding", ""):
        compressed = common | {"Content-Encoding": "gzip"}
        return Response(page.compressed, headers=compressed, media_type=media_type)
    return Response(page.content, headers=common, media_type=media_type)
