"""PNG, JPEG and TIFF bytes to pixels, through Pillow. Runs only in the reader's child process."""

import importlib
import io
import warnings
from typing import Any

from blocks.providers.pages import PageContent, Pixels, Refused, scale_for

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF"}
MOST_PIXELS = 120_000_000  # an A4 page at 1,000 dpi; more is a bomb


class ImageFile:
    """An open picture, of several pages if TIFF. Raises Refused for what cannot be opened."""

    def __init__(self, data: bytes, media_type: str) -> None:
        self._pillow: Any = importlib.import_module("PIL.Image")
        self._operations: Any = importlib.import_module("PIL.ImageOps")
        self._pillow.MAX_IMAGE_PIXELS = None  # our own bound is told in our own words
        warnings.simplefilter("ignore")
        try:
            self._image = self._pillow.open(io.BytesIO(data), formats=[FORMATS[media_type]])
            self.page_count: int = getattr(self._image, "n_frames", 1)
        except MemoryError:
            raise
        except Exception as error:
            raise Refused("DamagedDocument", "The picture is damaged and cannot be opened.") from error

    def content(self, number: int) -> PageContent:
        """A picture says nothing of itself."""
        return PageContent("", "", pictured=1.0)

    def pixels(self, number: int, dpi: float, *, to_read: bool) -> Pixels:
        """The picture upright and on white. *dpi* means nothing here: a picture has the pixels it has."""
        try:
            image = self._upright(number)
        except (MemoryError, Refused):
            raise
        except Exception as error:
            raise Refused("DamagedDocument", f"Page {number} of the picture is damaged.") from error
        scale = scale_for(image.width, image.height, to_read=to_read)
        if scale != 1.0:
            size = (max(1, int(image.width * scale)), max(1, int(image.height * scale)))
            image = image.resize(size, self._pillow.Resampling.LANCZOS)
        return Pixels(image.width, image.height, image.tobytes())

    def _upright(self, number: int) -> Any:
        self._image.seek(number - 1)
        width, height = self._image.size
        if width * height > MOST_PIXELS:
            raise Refused("TooMuchMemory", f"The picture has {width} x {height} pixels, which is too many.")
        image = self._operations.exif_transpose(self._image)
        if image.mode.startswith("I"):  # sixteen bits a pixel
            image = image.point(_high_byte).convert("L")
        if image.has_transparency_data:
            image = image.convert("RGBA")
            paper = self._pillow.new("RGBA", image.size, "white")
            image = self._pillow.alpha_composite(paper, image)
        return image.convert("RGB")


def _high_byte(value: Any) -> Any:
    return value / 256
