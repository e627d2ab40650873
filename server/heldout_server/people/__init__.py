"""Acts on people that also move the board: bans, merges, teams, leaving."""

# Imported for what it registers.
from heldout_server.people import undoing

__all__ = ["undoing"]
