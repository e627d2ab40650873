"""`/docs`: the API's own documentation, from vendored files: a room may have no internet."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from heldout_server.web.pages.render import static_url

router = APIRouter(include_in_schema=False)

SWAGGER = "vendor/swagger-ui-5.35.0"


@router.get("/docs")
def show_docs(request: Request) -> HTMLResponse:
    """Swagger UI over `/openapi.json`."""
    return HTMLResponse(
        f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{request.app.title}: the API</title>
<link rel="stylesheet" href="{static_url(f"{SWAGGER}/swagger-ui.css")}">
</head>
<body>
<main id="swagger-ui"></main>
<script src="{static_url(f"{SWAGGER}/swagger-ui-bundle.js")}"></script>
<script src="{static_url("api_docs.js")}"></script>
</body>
</html>"""
    )
