"""The line between supervisor and child: JSON, one message a line, within a deadline and a size.

JSON and nothing else crosses it (a pickle could run code), written in ASCII, so that characters are bytes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket


def encode(message: Mapping[str, Any]) -> bytes:
    """One message as a line of JSON."""
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def send(line: socket.socket, data: bytes, deadline: float) -> None:
    """Write all bytes before the deadline, or raise TimeoutError."""
    line.settimeout(max(1e-3, deadline - time.monotonic()))
    line.sendall(data)


def receive(line: socket.socket, deadline: float, most: int) -> bytes:
    """Read one line: TimeoutError past the deadline, OverflowError beyond ``most`` bytes, EOFError at its end."""
    parts: list[bytes] = []
    size = 0
    while not (parts and parts[-1].endswith(b"\n")):
        line.settimeout(max(1e-3, deadline - time.monotonic()))
        if not (part := line.recv(1 << 16)):
            raise EOFError("end of file")
        size += len(part)
        if size > most:
            raise OverflowError(f"more than {most} bytes")
        parts.append(part)
    return b"".join(parts)


def disturbed(line: socket.socket) -> bool:
    """Whether an idle line has anything to read: the end of file of a dead child, or bytes that nobody asked for."""
    import socket

    line.settimeout(0.0)
    try:
        line.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
