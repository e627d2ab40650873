"""The organizers' console: pages on the services that the admin API calls, one module a page."""

from fastapi.responses import HTMLResponse

from heldout_server.web.pages.console import (
    account,
    announcements,
    baselines,
    board,
    dashboard,
    exports,
    final,
    home,
    log,
    login,
    new_from_file,
    organizers,
    participant,
    people,
    private_scores,
    projector,
    queue,
    rescores,
    roster,
    settings,
    submissions,
    teams,
    twins,
    webhooks,
)
from heldout_server.web.pages.console.layout import HOME
from heldout_server.web.routes import Routes

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)
for module in (
    login,
    home,
    new_from_file,
    organizers,
    account,
    dashboard,
    announcements,
    people,
    participant,
):
    router.include_router(module.router, prefix=HOME)
for module in (
    roster,
    teams,
    submissions,
    twins,
    board,
    projector,
    final,
    rescores,
    baselines,
    settings,
):
    router.include_router(module.router, prefix=HOME)
for module in (webhooks, exports, log, queue, private_scores):
    router.include_router(module.router, prefix=HOME)

install = login.install

__all__ = ["install", "router"]
