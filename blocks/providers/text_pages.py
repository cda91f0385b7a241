"""Plain text as pages: a form feed begins a new page."""

import codecs

from blocks.providers.pages import PageContent, Pixels, Refused


def text_of(data: bytes, *, whole: bool = True) -> str | None:
    """*data* as text if it is UTF-8, or UTF-16 with a byte order mark, without control characters; else None.

    Not *whole*: the last character may be cut.
    """
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data, whole)
    except UnicodeDecodeError:
        return None
    return None if any(character < " " and character not in "\t\n\r\f" for character in text) else text


class TextFile:
    """An open text file."""

    def __init__(self, data: bytes) -> None:
        text = text_of(data)
        if text is None:
            raise Refused("NotADocument", "The file is not text in UTF-8.")
        self._pages = text.rstrip().split("\f") if text.strip() else []
        self.page_count = len(self._pages)

    def content(self, number: int) -> PageContent:
        """The page's lines, tabs made spaces, without spaces at their ends."""
        lines = (line.expandtabs().rstrip() for line in self._pages[number - 1].splitlines())
        return PageContent("\n".join(lines).strip("\n"), "", pictured=0.0)

    def pixels(self, number: int, dpi: float, *, to_read: bool) -> Pixels:
        """Refused: text has no look."""
        raise Refused("NotADocument", f"Page {number} is plain text and has no picture.")
