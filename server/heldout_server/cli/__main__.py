"""`python -m heldout_server.cli`."""

from heldout_server.cli import app

if __name__ == "__main__":
    app()
