"""Display names: shown on a projector, so bounded, visible and told apart. Pure."""

from __future__ import annotations

import unicodedata

from heldout_server.kit.errors import ProblemError
from heldout_server.people.look_alikes import outline

LONGEST_NAME = 60
# Joins emoji and shapes Arabic and Indic scripts: allowed inside a name, never the whole of it.
JOINERS = frozenset("\u200c\u200d")
# What pages, logs and rows of the board are signed with.
RESERVED = (
    "Heldout", "Organizer", "Organizers", "Organiser", "Organisers", "The organizers",
    "The server", "The server's terminal", "Baseline", "Baselines", "Class ensemble",
    "Random guess", "Always the most frequent class", "A linear model", "The starter notebook",
    "Last year's best",
)  # fmt: skip
_RESERVED = frozenset(outline(name) for name in RESERVED)


def clean_name(name: str) -> str:
    """The name as shown: NFC, single blanks, no control or direction-changing characters.

    Raises ProblemError `validation` when nothing visible is left or it is too long.
    """
    shown = unicodedata.normalize("NFC", name)
    shown = "".join(c if _may_show(c) else " " for c in shown)
    shown = " ".join(shown.split())
    if not any(c not in JOINERS and unicodedata.category(c)[0] in "LNPS" for c in shown):
        raise ProblemError("validation", "The name is empty.", "Choose a name for the board.")
    if len(shown) > LONGEST_NAME:
        raise ProblemError(
            "validation",
            f"The name has {len(shown)} characters; the board has room for {LONGEST_NAME}.",
            "Choose a shorter one.",
        )
    return shown


def display_name(name: str) -> str:
    """`clean_name` for whoever takes part: not one that the board uses itself, or like it.

    Raises ProblemError `validation`.
    """
    shown = clean_name(name)
    if outline(shown) in _RESERVED:
        raise ProblemError(
            "validation",
            f"“{shown}” could be mistaken for the organizers or for the board's own rows.",
            "Choose a name of your own: a first name, a nickname, what your team is called.",
        )
    return shown


def name_key(name: str) -> str:
    """The name as compared: `Ada`, `ADA` and `Ａｄａ` are one person's."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c not in JOINERS)


def remembered(name: str) -> str:
    """The name as somebody else would write it down: without accents, signs and capitals.

    For finding people and for guessing who is who, never for telling them apart.
    """
    bare = unicodedata.normalize("NFKD", name).casefold()
    kept = (c if c.isalnum() else " " for c in bare if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def _may_show(character: str) -> bool:
    return character in JOINERS or unicodedata.category(character) not in {
        "Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp",
    }  # fmt: skip
