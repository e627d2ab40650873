"""A new contest from a file: choose it, look at it, open it. Nothing is added before that.

The file is streamed to the work folder and kept for an hour; only whoever sent it sees it.
"""

from __future__ import annotations

from functools import partial

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse

from heldout_server.acts.audit_log import Actor
from heldout_server.competitions import first_contest
from heldout_server.contests import draft_check
from heldout_server.contests.drafts import Draft, Drafts
from heldout_server.contests.folder import MOST_BYTES
from heldout_server.contests.making import CannotMake
from heldout_server.contests.preview import Form as FileForm
from heldout_server.contests.preview import form_of
from heldout_server.contests.problems import Refused
from heldout_server.kit.errors import ProblemError
from heldout_server.web.html.root import rooted
from heldout_server.web.multipart import MultipartBody
from heldout_server.web.pages.console import flash
from heldout_server.web.pages.console.draft_form import changes_of, has_changed, wanted_of
from heldout_server.web.pages.console.draft_view import draft_view
from heldout_server.web.pages.console.forms import Form
from heldout_server.web.pages.console.layout import HOME, ConsolePage, FormRefused, Notice
from heldout_server.web.pages.console.request import (
    PRIVATE,
    ActRequest,
    FormContext,
    OwnersEyes,
    OwnersForm,
    PageContext,
    Reading,
    ReadRequest,
    TemplatePage,
    check_ours,
    is_secure,
)
from heldout_server.web.routes import Routes
from heldout_server.web.security import check_same_site
from heldout_server.web.services import Services

router = Routes()

HERE = f"{HOME}/new/file"
LONGEST_FIELD_BYTES = 1000
WHICH = "open"
NO_LABELS = ProblemError(
    "unavailable",
    "This server keeps no labels, so it can open no contest.",
    "On the machine that grades: heldout-server contest new, then contest add.",
)


class UploadPage(ConsolePage):
    """The form with the file."""


@router.get("/new/file", dependencies=[OwnersEyes])
def choose(asked: Reading) -> Response:
    """The form."""
    _drafts(asked.services).drop_old(asked.now)
    return asked.show(upload_view)


@router.post("/new/file", dependencies=[OwnersEyes])
async def take(asked: Reading, request: Request) -> Response:
    """Keep the file; the answer is the look at it, or where that is for a script that asks."""
    check_same_site(request)
    body = MultipartBody(request)
    try:
        csrf = await body.text("csrf", LONGEST_FIELD_BYTES)
        check_ours(Form({"csrf": (csrf.decode("utf-8", "replace"),)}), asked.visitor)
        await body.text("key", LONGEST_FIELD_BYTES)
        draft = await _received(asked, body)
    except ProblemError as problem:
        # A browser shows an answer only once its form has been read to the end.
        await body.skip(MOST_BYTES)
        refusing = _acting(asked, Form())
        if refusing.wants_json:
            raise
        return await run_in_threadpool(refusing.refuse, problem, upload_view, "file")
    to = f"{HERE}/{draft.id}"
    if _acting(asked, Form()).wants_json:
        return JSONResponse({"to": rooted(to)}, 201, headers=PRIVATE)
    return RedirectResponse(to, 303)


@router.get("/new/file/{draft_id}", dependencies=[OwnersEyes])
def look(asked: Reading, draft_id: str) -> Response:
    """What is in the file, what is guessed, and what the check says."""
    try:
        draft = _draft(asked, draft_id)
    except ProblemError as problem:
        return _choose_again(asked, problem)
    if draft.opened_as is not None:
        return RedirectResponse(f"{HOME}/c/{draft.opened_as}", 303)
    return asked.show(draft_view(draft, Form(), asked.now))


@router.post("/new/file/{draft_id}/look")
def look_again(asked: OwnersForm, draft_id: str) -> Response:
    """The same with another target, kind or metric; nothing is opened."""
    try:
        return _looked(asked, _draft(asked, draft_id))
    except ProblemError as problem:
        return _choose_again(asked, problem)


@router.post("/new/file/{draft_id}/open")
def open_contest(asked: OwnersForm, draft_id: str) -> Response:
    """Make it, check it, open it, and go to its dashboard."""
    try:
        draft = _draft(asked, draft_id)
    except ProblemError as problem:
        return _choose_again(asked, problem)
    if draft.opened_as is not None:
        return RedirectResponse(f"{HOME}/c/{draft.opened_as}", 303)
    if has_changed(asked.form):
        return _looked(asked, draft)
    view = draft_view(draft, asked.form, asked.now)
    return asked.act(_said, view=view, which=WHICH, prepare=partial(_opened, asked, draft))


def upload_view(look: PageContext) -> TemplatePage:
    """The page with the form."""
    return "organize/new_file.html", UploadPage(frame=look.section("new"))


def _drafts(services: Services) -> Drafts:
    return Drafts(services.work_folder / "drafts")


def _draft(asked: ReadRequest, draft_id: str) -> Draft:
    owner = asked.visitor.organizer.public_id
    return _drafts(asked.services).find(draft_id, owner, now=asked.now)


def _acting(asked: ReadRequest, form: Form) -> ActRequest:
    return ActRequest(asked.request, asked.services, asked.visitor, asked.now, form)


def _looked(asked: ActRequest, draft: Draft) -> Response:
    typed = FormRefused(which=WHICH, error=None, typed=asked.form.typed)
    return asked.show(draft_view(draft, asked.form, asked.now), refused=typed)


def _choose_again(asked: ReadRequest, problem: ProblemError) -> Response:
    answer = RedirectResponse(HERE, 303)
    said = Notice(text=f"{problem.detail} {problem.hint}")
    flash.put(answer, said, secure=is_secure(asked.services, asked.request))
    return answer


async def _received(asked: ReadRequest, body: MultipartBody) -> Draft:
    """The file on disk. Raises ProblemError; then nothing of it is kept."""
    if asked.services.opens is None:
        raise NO_LABELS
    drafts, draft, size = _drafts(asked.services), None, 0
    owner = asked.visitor.organizer.public_id
    try:
        pieces = body.pieces("file")
        first = await anext(pieces, b"")
        if not first:
            raise ProblemError("validation", "No file was chosen.", "Choose one.", field="file")
        draft = await run_in_threadpool(drafts.begin, owner, body.filename, now=asked.now)
        with draft.path.open("wb") as file:
            size = file.write(first)
            async for piece in pieces:
                size += file.write(piece)
                _check_size(size)
    except OSError:
        if draft is not None:
            drafts.drop(draft)
        raise ProblemError(
            "unavailable", "The server has no room for this file.", "Free some of its disk."
        ) from None
    except BaseException:
        if draft is not None:
            drafts.drop(draft)
        raise
    return draft


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise ProblemError(
            "file_too_large",
            f"The file has more than {MOST_BYTES:,} bytes, which is the limit.",
            "Give fewer rows, or smaller types: uint8 for images, float32 for numbers.",
            limit_bytes=MOST_BYTES,
        )


def _opened(asked: ActRequest, draft: Draft) -> str:
    """The address of the contest. Raises ProblemError in words; then nothing was added."""
    opens = asked.services.opens
    if opens is None:
        raise NO_LABELS
    form, asked_for = asked.form, f"{asked.request.url} {asked.form.asked}".encode()
    actor = Actor.organizer(asked.visitor.organizer).asked(form.text("key") or None, asked_for)
    changes = changes_of(form, asked.now)
    if form_of(draft.path) is not FileForm.FOLDER:
        # What `contest new` writes asks the organizer for more; it isn't for the room.
        changes["description"] = f"Predict `{'`, `'.join(form.all('target'))}`."
    more = {"make": first_contest.make_instead} if form.ticked("put_away") else {}
    try:
        path = draft_check.folder_of(draft, wanted_of(form))
        with draft_check.ONE_AT_A_TIME:
            opened = opens(
                path, actor=actor, now=asked.now, changes=changes, work=draft.folder, **more
            )
    except CannotMake as error:
        raise ProblemError("validation", str(error)) from None
    except Refused as refused:
        raise ProblemError(
            "validation", "It was not opened: " + str(refused), "See what the check says."
        ) from None
    draft.becomes(opened.competition.slug)
    return opened.competition.slug


def _said(act: FormContext) -> Notice:
    text = f"“{act.form.text('title')}” is open. The join code is on this page: put it on the wall."
    return Notice(text=text, to=f"{HOME}/c/{act.ready}")
