"""The address the API listens on."""

from __future__ import annotations

import errno
import socket

from runner.refused import Refused
from runner.settings import Settings


class PortTaken(Refused):
    """Expected a free port, but another program listens there."""


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the API's address; refuses with a sentence when that cannot be."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place = f"{settings.host}:{settings.port}"
    try:
        bound.bind((settings.host, settings.port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            message = f"Expected {place} to be free, but another program listens there; stop it or set OPUS_PORT."
        else:
            message = f"Expected to listen on {place}, but: {error.strerror or error}; set OPUS_HOST and OPUS_PORT."
        raise PortTaken(message) from None
    return bound
