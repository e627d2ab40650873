"""Ports to serve on, for servers that other programs have to find."""

import random
import socket

BELOW_OUTGOING = range(20_000, 32_000)
"""Linux takes the ports of outgoing connections from 32,768 up, so none of these is gone by the
time a server asks for it."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    # Not from the seed that tests set: processes side by side would ask for the same.
    for port in random.SystemRandom().sample(BELOW_OUTGOING, 100):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")
