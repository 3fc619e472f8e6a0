"""The socket of the host."""

from __future__ import annotations

import errno
import socket

from .fault import StartError
from .settings import HostSettings


def listen(settings: HostSettings) -> socket.socket:
    """Binds the address before anything is started, so that what is wrong with it is told in one line.

    Raises:
        StartError: the port is taken or privileged, or the host is no address of this machine; with what to do.
    """
    host, port = settings.host, settings.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise StartError(f"{host} is no address of this machine: set HOST to one that is") from None
    # A name such as localhost has several: IPv4 first, as in the address that is told.
    family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host == "::":
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind(address)
        # Now, not when the server is ready: an earlier owner of the port may only be found out by this call.
        bound.listen(2048)
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        raise StartError(_remedy(error, host, port)) from None
    return bound


def _remedy(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use: stop what uses it, or set PORT to another"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine: set HOST to one that is"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} needs privileges: set PORT to 1024 or above"
    return f"cannot listen on {host} port {port} ({errno.errorcode.get(error.errno or 0, 'unknown')}): set HOST and PORT"
