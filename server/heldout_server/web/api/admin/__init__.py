"""The organizers' API, one noun a file. Everything that the console does is a call here."""

from fastapi import APIRouter

from heldout_server.web.api.admin import (
    announcements,
    audit,
    baselines,
    organizers,
    rescores,
    signing_in,
    submissions,
    undoing,
    webhooks,
)

router = APIRouter(prefix="/admin", tags=["admin"])
for module in (signing_in, organizers, audit):
    router.include_router(module.router)
for module in (submissions, rescores, baselines, announcements, webhooks, undoing):
    router.include_router(module.router)

__all__ = ["router"]
