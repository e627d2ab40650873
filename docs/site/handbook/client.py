"""The reference of the client, read from its docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import heldout
from handbook.markdown import code, prose, table


def text() -> str:
    """Functions, classes with their methods, and exceptions, as `import heldout` gives them."""
    names = sorted(name for name in heldout.__all__ if not name.startswith("_"))
    found = {name: getattr(heldout, name) for name in names}
    errors = {n: o for n, o in found.items() if inspect.isclass(o) and issubclass(o, Exception)}
    classes = {n: o for n, o in found.items() if inspect.isclass(o) and n not in errors}
    functions = {n: o for n, o in found.items() if inspect.isfunction(o)}
    return "\n\n".join([*_functions(functions), *_classes(classes), *_errors(errors)])


def _functions(functions: dict[str, object]) -> Iterator[str]:
    yield "## Functions"
    for name, function in functions.items():
        yield f"### heldout.{name}"
        yield from _callable(f"heldout.{name}", function)


def _classes(classes: dict[str, object]) -> Iterator[str]:
    yield "## Classes"
    for name, of_class in classes.items():
        yield f"### {name}"
        yield prose(inspect.getdoc(of_class) or "")
        for method, function in inspect.getmembers(of_class):
            if method.startswith("_") or method not in vars(of_class):
                continue
            if isinstance(function, property):
                yield f"**`{method}`** {prose(inspect.getdoc(function) or '')}"
            elif inspect.isfunction(function):
                yield from _callable(f"{name}.{method}", function)


def _callable(name: str, function: object) -> Iterator[str]:
    yield code(f"{name}{inspect.signature(function)}")  # type: ignore[arg-type]
    yield prose(inspect.getdoc(function) or "")


def _errors(errors: dict[str, object]) -> Iterator[str]:
    yield "## Exceptions"
    rows = [
        (f"`{name}`", prose((inspect.getdoc(o) or "").split("\n\n")[0]))
        for name, o in errors.items()
    ]
    yield table(("exception", "when"), rows)
