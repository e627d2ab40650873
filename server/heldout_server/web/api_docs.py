"""`/docs`: the API's own documentation, from vendored files: a room may have no internet."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.routing import BaseRoute

from heldout_server.web.html.render import static_url
from heldout_server.web.html.root import rooted_page
from heldout_server.web.problems import MEDIA_TYPE
from heldout_server.web.routes import Routes, made

router = Routes(include_in_schema=False)

SWAGGER = "vendor/swagger-ui-5.35.0"
PROBLEM = {"$ref": "#/components/schemas/ProblemOut"}


@router.get("/docs")
def show_docs(request: Request) -> HTMLResponse:
    """Swagger UI over `/openapi.json`."""
    return HTMLResponse(
        rooted_page(f"""<!doctype html>
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
</html>""")
    )


class DocumentedApp(FastAPI):
    """FastAPI documents every body as plain JSON; refusals have a type of their own."""

    @property
    def routes(self) -> list[BaseRoute]:
        """Every route as FastAPI has read it; for who lists them, not for who answers."""
        return made(self.router.routes)

    def openapi(self) -> dict[str, Any]:
        """The document, with the content type of refusals."""
        found = super().openapi()
        for path in found["paths"].values():
            for operation in path.values():
                for response in operation["responses"].values():
                    _name_problems(response.get("content", {}))
        return found


def _name_problems(content: dict[str, Any]) -> None:
    if content.get("application/json", {}).get("schema") == PROBLEM:
        content[MEDIA_TYPE] = content.pop("application/json")
