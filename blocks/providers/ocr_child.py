"""The OCR process: loads the models once (about 1 s, 1 GB), then reads pictures one after the other."""

import importlib
import logging
import re
import socket
from collections.abc import Sequence
from typing import Any

from blocks.providers import sandbox, wire
from blocks.providers.layout import Glyph, lay_out, skew_of, turned

_BAD_POINT = re.compile(r"(?<=\d)[\u00b0\u00b7](?=\d\d\b)")
_GLUED = re.compile(r"(?<=\d\.\d\d)(?=[A-Z]{1,2}\b)")
IDLE_SECONDS = 300
LONGEST_SIDE = 20_000  # in pixels: the pictures come at the size that reads best
LOWEST = 8  # pixels: nothing lower can hold a letter
THINNEST = 8  # a thinner strip gets white beside it: the engine enlarges by the shorter side, without a bound
COLUMN_GAP = 0.85  # in font sizes: boxes of one phrase often stand further apart than its words
LINE_TO_TYPE = 0.8  # a box around a line is this much higher than its type is large


def main(channel_fd: int) -> None:
    """Answer each frame of pixels with its text, until the channel closes or nothing comes for long."""
    logging.disable(logging.CRITICAL)
    channel = socket.socket(fileno=channel_fd)
    sandbox.leave_the_network()
    engine = _engine()
    channel.settimeout(IDLE_SECONDS)
    while True:
        try:
            picture, pixels = wire.receive(channel)
        except (EOFError, OSError):
            return
        try:
            text, confidence = _read(engine, picture["width"], picture["height"], pixels)
        except Exception:  # a picture that OCR fails on holds no text for us, and the next one waits
            text, confidence = "", 0.0
        wire.send(channel, {"text": text, "confidence": confidence})


def _engine() -> Any:
    rapidocr: Any = importlib.import_module("rapidocr")
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": LONGEST_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 2,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _read(engine: Any, width: int, height: int, pixels: bytes) -> tuple[str, float]:
    if min(width, height) < LOWEST:
        return "", 0.0
    numpy: Any = importlib.import_module("numpy")
    picture = numpy.frombuffer(pixels, numpy.uint8).reshape(height, width, 3)
    paper = ((0, max(0, width // THINNEST - height)), (0, max(0, height // THINNEST - width)), (0, 0))
    found = engine(numpy.pad(picture[:, :, ::-1], paper, constant_values=255))
    if found.boxes is None or not found.txts:
        return "", 0.0
    texts: list[str] = list(found.txts)
    scores: list[float] = [float(score) for score in found.scores]
    text = lay_out(placed(found.boxes.tolist(), texts), width, column_gap=COLUMN_GAP)
    letters = sum(len(line) for line in texts)
    return text, sum(score * len(line) for score, line in zip(scores, texts, strict=True)) / max(letters, 1)


def mended(text: str) -> str:
    """Undo what OCR does to amounts: a degree sign is a point, a tax letter glued to its end is set apart."""
    return _GLUED.sub(" ", _BAD_POINT.sub(".", " ".join(text.split())))


def placed(boxes: Sequence[Sequence[Sequence[float]]], texts: Sequence[str]) -> list[Glyph]:
    """Each line where its box is once the page is straightened. A box: four corners from the top left."""
    skew = skew_of((box[0][0], box[0][1], box[1][0], box[1][1]) for box in boxes)
    words: list[Glyph] = []
    for box, text in zip(boxes, texts, strict=True):
        corners = [turned(x, y, skew) for x, y in box]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        height = (corners[3][1] - corners[0][1] + corners[2][1] - corners[1][1]) / 2
        words.append(Glyph(mended(text), min(xs), max(xs), sum(ys) / 4, abs(height) * LINE_TO_TYPE))
    return [word for word in words if word.text]
