"""Frames between two processes: a JSON header and raw bytes, each with its length before it. Never pickle."""

import json
import socket
import struct
from typing import Any

_LENGTHS = struct.Struct("!IQ")
HEADER_BYTES = 64 * 2**20
PAYLOAD_BYTES = 1024 * 2**20


class FrameTooLarge(Exception):
    """The other side announces more bytes than a frame may have."""


def send(channel: socket.socket, header: dict[str, Any], payload: bytes = b"") -> None:
    """Write one frame. Raises OSError where the other side is gone."""
    head = json.dumps(header).encode()
    channel.sendall(_LENGTHS.pack(len(head), len(payload)) + head)
    if payload:
        channel.sendall(payload)


def receive(channel: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Read one frame. Raises EOFError at the end, FrameTooLarge, TimeoutError after the channel's timeout."""
    head_bytes, payload_bytes = _LENGTHS.unpack(_exactly(channel, _LENGTHS.size))
    if head_bytes > HEADER_BYTES or payload_bytes > PAYLOAD_BYTES:
        raise FrameTooLarge
    head = _exactly(channel, head_bytes)
    return json.loads(head), bytes(_exactly(channel, payload_bytes))


def _exactly(channel: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        got = channel.recv_into(view)
        if not got:
            raise EOFError
        view = view[got:]
    return data
