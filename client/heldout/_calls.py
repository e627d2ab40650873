"""What every public call has in common: misspelt keywords are refused, errors end at its door.

An error of ours says all there is to say, so it leaves without the frames below: what people read
is their own line and the sentence. `HELDOUT_DEBUG=1` keeps every frame.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature
from typing import Any, ParamSpec, TypeVar

from heldout._constants import DEBUG_VARIABLE
from heldout._errors import HeldoutError, UnknownAttribute, WrongArguments

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

ALIKE = 0.75
ANY = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def public(call: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """`call`, with `WrongArguments` for what it doesn't take, and errors without inner frames."""
    parameters = [each for each in signature(call).parameters.values() if each.name != "self"]
    is_method = len(parameters) < len(signature(call).parameters)
    spoken = _spoken(call)

    @wraps(call)
    def calling(*given: Given.args, **named: Given.kwargs) -> Answer:
        try:
            _check(spoken, parameters, given[is_method:], named)
            return call(*given, **named)
        except HeldoutError as error:
            if os.environ.get(DEBUG_VARIABLE):
                raise
            raise error.with_traceback(None) from None

    return calling


def without_frames(stopped: KeyboardInterrupt) -> KeyboardInterrupt:
    """What a notebook shows when somebody stopped a wait: one word, since they know."""
    stopped._render_traceback_ = lambda: ["Stopped."]  # type: ignore[attr-defined]
    return stopped.with_traceback(None)


def _spoken(call: Callable[..., Any]) -> str:
    """`submit()`; of a class's beginning, the class: `Client()`."""
    *owner, name = call.__qualname__.split(".")
    return f"{owner[-1]}()" if name == "__init__" else f"{name}()"


def _check(
    spoken: str,
    parameters: Sequence[Parameter],
    given: Sequence[object],
    named: Mapping[str, object],
) -> None:
    kinds = {each.kind for each in parameters}
    by_place = [each.name for each in parameters if each.kind is Parameter.POSITIONAL_OR_KEYWORD]
    names = [each.name for each in parameters if each.kind not in ANY]
    if len(given) > len(by_place) and Parameter.VAR_POSITIONAL not in kinds:
        raise _too_many(spoken, by_place, names)
    if Parameter.VAR_KEYWORD not in kinds:
        for name in named:
            if name not in names:
                raise _unknown_keyword(spoken, name, names)
    have = {*by_place[: len(given)], *named}
    needed = [p.name for p in parameters if p.default is Parameter.empty and p.name in names]
    missing = [name for name in needed if name not in have]
    if missing:
        raise _missing(spoken, missing, needed)


def _too_many(spoken: str, by_place: Sequence[str], names: Sequence[str]) -> WrongArguments:
    others = [f"{name}=..." for name in names if name not in by_place]
    alone = f"only {' and '.join(by_place)}" if by_place else "nothing"
    hint = f"name the others: {', '.join(others)}" if others else "leave the others out"
    return WrongArguments(f"{spoken} takes {alone} without a name.", hint)


def _unknown_keyword(spoken: str, name: str, names: Sequence[str]) -> WrongArguments:
    hint = suggestion(name, names) or f"it takes {', '.join(names) or 'nothing'}"
    return WrongArguments(f"{spoken} has no {name}.", hint)


def _missing(spoken: str, missing: Sequence[str], needed: Sequence[str]) -> WrongArguments:
    call = f"{spoken[:-1]}{', '.join(needed)})"
    return WrongArguments(f"{spoken} also needs {' and '.join(missing)}.", f"write {call}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """ "did you mean history?", or nothing when no known name is close."""
    found = difflib.get_close_matches(name.casefold(), list(known), n=1, cutoff=ALIKE)
    return f"did you mean {found[0]}?" if found else ""


def unknown_attribute(owner: object, name: str) -> AttributeError:
    """The error for an attribute that isn't there; private ones keep Python's own words."""
    words = f"{type(owner).__name__!r} object has no attribute {name!r}"
    if name.startswith("_"):
        return AttributeError(words)
    known = [each for each in dir(type(owner)) if not each.startswith("_")]
    return UnknownAttribute(
        f"A {type(owner).__name__} has no {name}.",
        suggestion(name, known) or f"it has {', '.join(known)}",
    )


def unknown_name(name: str, known: Iterable[str]) -> AttributeError:
    """The same for `heldout.leaderbord`."""
    words = f"module 'heldout' has no attribute {name!r}"
    meant = "" if name.startswith("_") else suggestion(name, known)
    return (
        UnknownAttribute(f"There is no heldout.{name}.", meant) if meant else AttributeError(words)
    )


class Suggesting:
    """A class whose misspelt attributes are answered with the one that was meant."""

    def __getattr__(self, name: str) -> Any:
        raise unknown_attribute(self, name)
