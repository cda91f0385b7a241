"""The reading process: started once, it forks a limited process for each document and never parses one.

    parent --- control ---> reader --- fork ---> one process a document <--- channel ---> parent

The parent sends two descriptors a document over the control socket: the channel, and the end of a pipe into
which the reader writes how the document's process ended. A process ends when its socket's other end closes.
"""

import gc
import importlib
import io
import os
import selectors
import signal
import socket
import sys
from typing import Any

from blocks.providers import sandbox, wire
from blocks.providers.image_pages import FORMATS, ImageFile
from blocks.providers.pages import PageFile, Pixels, Refused
from blocks.providers.pdf_drawing import load_pillow
from blocks.providers.pdf_pages import PdfFile, load_pdfium
from blocks.providers.text_pages import TextFile


def main(control_fd: int) -> None:
    """Serve the control socket until the parent closes it."""
    control = socket.socket(fileno=control_fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.leave_the_network()
    load_pdfium()
    load_pillow()
    gc.freeze()
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    signal.signal(signal.SIGCHLD, _woken)
    _serve_control(control, woken)


def _woken(_signal: int, _frame: object) -> None:
    """Nothing to do here: the wake-up descriptor tells the loop."""


def _serve_control(control: socket.socket, woken: socket.socket) -> None:
    reports: dict[int, int] = {}
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ)
    selector.register(woken, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is woken:
                woken.recv(4096)
                _report_the_ended(reports)
            elif not _accept(control, reports):
                return


def _accept(control: socket.socket, reports: dict[int, int]) -> bool:
    message, descriptors, _, _ = socket.recv_fds(control, 1, 2)
    if not message:
        return False
    channel_fd, report_fd = descriptors
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _read_one(parent, channel_fd, [control.fileno(), report_fd, *reports.values()])
    os.close(channel_fd)
    reports[child] = report_fd
    return True


def _report_the_ended(reports: dict[int, int]) -> None:
    """Write "status peak-memory-in-KiB" into the pipe of each process that has ended."""
    while reports:
        child, status, usage = os.wait4(-1, os.WNOHANG)
        if child == 0:
            return
        report_fd = reports.pop(child)
        try:
            os.write(report_fd, f"{status} {usage.ru_maxrss}".encode())
        except BrokenPipeError:
            continue  # nobody waits for it any more
        finally:
            os.close(report_fd)


def _read_one(parent: int, channel_fd: int, others: list[int]) -> None:
    """The life of a document's process. Never returns."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sandbox.die_with(parent)
        for descriptor in others:
            os.close(descriptor)
        _serve_document(socket.socket(fileno=channel_fd))
    except (EOFError, OSError):
        os._exit(0)  # the parent is done with the document
    finally:
        os._exit(1)


def _serve_document(channel: socket.socket) -> None:
    opening, data = wire.receive(channel)
    sandbox.limit_memory(opening["memory_bytes"])
    file: PageFile | None = None
    request = {**opening, "ask": "open"}
    while True:
        sandbox.allow_seconds(opening["seconds"])
        try:
            if file is None:
                file = _opened(data, opening["media_type"])
                header, payload = {"pages": file.page_count}, b""
            else:
                header, payload = _answer(file, request)
        except Refused as refusal:
            header, payload = {"refused": refusal.name, "reason": refusal.reason}, b""
        except MemoryError:
            header, payload = (
                {"refused": "TooMuchMemory", "reason": "Reading it needs more memory than is allowed."},
                b"",
            )
        wire.send(channel, header, payload)
        sandbox.allow_seconds(0)
        request, _ = wire.receive(channel)


def _opened(data: bytes, media_type: str) -> PageFile:
    if media_type == "application/pdf":
        return PdfFile(data)
    if media_type in FORMATS:
        return ImageFile(data, media_type)
    if media_type == "text/plain":
        return TextFile(data)
    raise Refused("NotADocument", f"Files of type {media_type} are not read.")


def _answer(file: PageFile, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    if request["ask"] == "content":
        return file.content(request["page"])._asdict(), b""
    pixels = file.pixels(request["page"], request["dpi"], to_read=request["ask"] == "pixels")
    if request["ask"] == "png":
        return {}, _png_of(pixels)
    return {"width": pixels.width, "height": pixels.height}, pixels.data


def _png_of(pixels: Pixels) -> bytes:
    pillow: Any = importlib.import_module("PIL.Image")
    stream = io.BytesIO()
    pillow.frombytes("RGB", (pixels.width, pixels.height), pixels.data).save(stream, "PNG", compress_level=3)
    return stream.getvalue()


if __name__ == "__main__":
    main(int(sys.argv[1]))
