"""`doctor --room`: what a laptop needs to hold a class in a room, looked at beforehand."""

from heldout_server.operations.room.checks import ROOM, room_address

__all__ = ["ROOM", "room_address"]
