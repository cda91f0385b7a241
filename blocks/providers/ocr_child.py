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
        text, confidence = _read(engine, picture["width"], picture["height"], pixels)
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
    numpy: Any = importlib.import_module("numpy")
    picture = numpy.frombuffer(pixels, numpy.uint8).reshape(height, width, 3)
    found = engine(numpy.ascontiguousarray(picture[:, :, ::-1]))
    if found.boxes is None or not found.txts:
        return "", 0.0
    texts: list[str] = list(found.txts)
    scores: list[float] = [float(score) for score in found.scores]
    text = lay_out(placed(found.boxes.tolist(), texts), width)
    letters = sum(len(line) for line in texts)
    return text, sum(score * len(line) for score, line in zip(scores, texts, strict=True)) / max(letters, 1)


def mended(text: str) -> str:
    """Undo what OCR does to amounts: "29\u00b080" is 29.80, and a tax letter glued to an amount is set apart."""
    return _GLUED.sub(" ", _BAD_POINT.sub(".", " ".join(text.split())))


def placed(boxes: Sequence[Sequence[Sequence[float]]], texts: Sequence[str]) -> list[Glyph]:
    """Each line where its box is once the page is turned straight. A box: four corners from the top left."""
    skew = skew_of((box[0][0], box[0][1], box[1][0], box[1][1]) for box in boxes)
    words: list[Glyph] = []
    for box, text in zip(boxes, texts, strict=True):
        corners = [turned(x, y, skew) for x, y in box]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        height = (corners[3][1] - corners[0][1] + corners[2][1] - corners[1][1]) / 2
        words.append(Glyph(mended(text), min(xs), max(xs), sum(ys) / 4, abs(height) * LINE_TO_TYPE))
    return [word for word in words if word.text]
