"""The `heldout-server` command, also as `python -m heldout_server`."""

import gc


def main() -> None:
    """Run the command. What importing leaves is not searched for garbage: it stays.

    A million objects come with the imports; looking through them all again and again takes half
    a second of the start, and then a third of a second out of the middle of a class.
    """
    gc.disable()
    from heldout_server.cli import app

    gc.freeze()
    gc.enable()
    app()


if __name__ == "__main__":
    main()
