"""Read a form, within limits. Files are not taken."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request

_MOST_FIELDS = 20_000
_KIND = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Form:
    """The texts of a form by name, in the order they stand in it. Line ends are one character."""

    pairs: tuple[tuple[str, str], ...]

    def first(self, name: str) -> str:
        """The first text of that name, "" where there is none."""
        return next((text for key, text in self.pairs if key == name), "")

    def every(self, name: str) -> list[str]:
        """All texts of that name."""
        return [text for key, text in self.pairs if key == name]

    def below(self, prefix: str) -> dict[str, str]:
        """The texts whose names begin with *prefix*, without it; of several with one name, separated by line ends."""
        found: dict[str, str] = {}
        for key, text in self.pairs:
            if key.startswith(prefix):
                name = key.removeprefix(prefix)
                found[name] = f"{found[name]}\n{text}" if name in found else text
        return found


async def _read(request: Request) -> Form:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise HTTPException(415, f"A form is sent as {_KIND}.")
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise HTTPException(400, "The form cannot be read.") from error
    if any("\0" in part for pair in pairs for part in pair):
        raise HTTPException(400, "The form cannot be read.")
    return Form(tuple((key, text.replace("\r\n", "\n")) for key, text in pairs))


Sent = Annotated[Form, Depends(_read)]
"""The form of a request, as a parameter of a route."""
