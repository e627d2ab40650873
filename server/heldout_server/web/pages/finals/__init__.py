"""The drawn final on people's phones."""

from heldout_server.web.pages.finals import part_page
from heldout_server.web.routes import Routes

router = Routes()
router.include_router(part_page.router)
