"""Read the text on a picture: one long-lived process, one picture at a time, restarted when it dies."""

import importlib.util
import os
import threading
from importlib.metadata import version
from typing import NamedTuple

from blocks.base.errors import HoldfastError
from blocks.providers import wire
from blocks.providers.child_process import ChildProcess
from blocks.providers.pages import Pixels

OCR_VERSION = 1
_THREADS: dict[str, str] = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "2")


class OcrText(NamedTuple):
    """*confidence* is the mean over the letters, 0 to 1; 0 where nothing was found."""

    text: str
    confidence: float


class OcrStopped(HoldfastError):
    """The OCR process took too long, ended twice on the same picture, or does not start."""

    next = "`holdfast doctor` says whether it starts; then run the same command again."


class OcrEngine:
    """The process and its lock. Starting costs 1.5 s and 1 GB, a picture 0.5 to 4 s on two cores."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: ChildProcess | None = None

    def read(self, pixels: Pixels, *, seconds: float) -> OcrText:
        """Text of the picture, laid out. Raises OcrStopped, at the latest after *seconds*.

        That is an accident, not a property of the picture: pictures have a bounded size, a machine may be busy.
        """
        with self._lock:
            for _ in range(2):
                try:
                    return self._ask(pixels, seconds)
                except TimeoutError as error:
                    self._stop()
                    raise OcrStopped from error
                except (OSError, EOFError):
                    self._stop()
            raise OcrStopped

    @property
    def pid(self) -> int | None:
        """The process's id; None while it is not started."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process, if it runs. The next picture starts it again."""
        with self._lock:
            self._stop()

    def forget(self) -> None:
        """In a forked process: leave the parent's process to the parent."""
        self.__init__()

    def _ask(self, pixels: Pixels, seconds: float) -> OcrText:
        if self._process is None:
            self._process = ChildProcess("blocks.providers.ocr_child", environment=_THREADS)
        channel = self._process.channel
        channel.settimeout(seconds)
        wire.send(channel, {"width": pixels.width, "height": pixels.height}, pixels.data)
        answer, _ = wire.receive(channel)
        return OcrText(answer["text"], answer["confidence"])

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()


def installed() -> bool:
    """True where the optional OCR packages are there."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


def identity() -> str:
    """What shapes the text that OCR gives: package (its models are inside it), and our settings."""
    if not installed():
        return "no ocr"
    return f"rapidocr {version('rapidocr')} PP-OCRv6 small, settings {OCR_VERSION}"


ENGINE = OcrEngine()


def _after_fork() -> None:
    ENGINE.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
