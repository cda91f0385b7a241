"""Secrets that are put where content goes, and the search for them in everything that is kept."""

import base64
import json
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_MOST_UNPACKED = 200_000  # an artifact; to look for packed parts in a whole database would take minutes


def canaries(*places: str) -> dict[str, str]:
    """One secret for each place, of letters alone so that every writer writes it as it is."""
    return {
        place: f"Canary{place.title().replace(' ', '')}Zq{number:02}x" for number, place in enumerate(places)
    }


def forms_of(secret: str) -> list[bytes]:
    """How a secret may be written down."""
    plain = secret.encode()
    middles = [base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)]
    return [
        plain,
        plain.lower(),
        plain.upper(),
        plain.hex().encode(),
        plain.decode().encode("utf-16-le"),
        *middles,
    ]


def found_in(folder: Path, secrets: Iterable[str], *, but: Iterable[str] = ()) -> list[str]:
    """`FILE: SECRET` for each secret that stands in a file under *folder*, also where that is packed.

    Files whose names begin as one of *but* are left out.
    """
    left_out = tuple(but)
    files = (
        path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(left_out)
    )
    return found_among(((path.name, path.read_bytes()) for path in files), secrets)


def found_among(things: Iterable[tuple[str, bytes]], secrets: Iterable[str]) -> list[str]:
    """`WHERE: SECRET` for each secret that stands in one of *things*, each with where it is, also where that is packed."""
    looked_for = list(secrets)
    found = set[str]()
    for where, data in things:
        seen = data + _unpacked(data) if len(data) < _MOST_UNPACKED else data
        found |= {f"{where}: {one}" for one in looked_for if any(form in seen for form in forms_of(one))}
    return sorted(found)


def found_in_text(text: str, secrets: Iterable[str]) -> list[str]:
    """The secrets that stand in *text*."""
    return [one for one in secrets if any(form in text.encode() for form in forms_of(one))]


def _unpacked(data: bytes) -> bytes:
    """What is packed with zlib in *data*, wherever it begins."""
    parts, place = [], 0
    while (place := data.find(b"\x78", place)) >= 0:
        with suppress(zlib.error):
            parts.append(zlib.decompressobj().decompress(data[place:], 2**22))
        place += 1
    return b"".join(parts)


def as_json(value: object) -> str:
    """All that a value tells."""
    return json.dumps(value, default=str)
