"""Where models can run shut in, and what is said where they can't. Pure."""

from __future__ import annotations

SYSTEMS = {"darwin": "macOS", "win32": "Windows"}
ALLOW = "HELDOUT_ALLOW_PLAIN_UNCONTAINED"
CURE = (
    "Run the server in Docker or WSL, which have Linux, or on a Linux machine. For a class that "
    f"you trust: {ALLOW}=true scores plain models without a sandbox."
)


def has_sandbox(platform: str) -> bool:
    """Whether the kernel of `sys.platform` can shut a model in: Linux alone."""
    return platform == "linux"


def named(platform: str) -> str:
    """The system's name, as people say it."""
    return SYSTEMS.get(platform, platform)


def refused_words(platform: str) -> str:
    """Why models are refused, after “Models are refused:”."""
    return f"the sandbox needs Linux, and this is {named(platform)}"


def allowed_words(platform: str) -> str:
    """What it means that they are taken all the same, after “Models are taken:”."""
    return (
        f"plain ones, and there is no sandbox on {named(platform)} ({ALLOW}). Nothing in a file is "
        "run as a program, but libraries in C read it with your user's rights, and its memory is "
        "not limited: take none from people you don't know"
    )
