"""Running text cut into sentences, in English, German, French, Dutch and Polish."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_ENDS = re.compile(r"""[.!?…]+["'”’»)\]]*(?=\s+["'“‘„«(\[—–-]*[A-ZÀ-ÖØ-ÞĄĆĘŁŃÓŚŹŻ0-9])""")
_BLOCK = re.compile(r"\n[ \t]*\n|\f")
_NUMBERED = re.compile(r"(?:^|\s)(?:\d+\s?\.\s?)*\d+\.$|(?:^|\s)\(?(?:[a-z]|[ivx]{1,4})\)?\.$")
_SHORTENED = frozenset(
    """mr mrs ms dr prof st jr sr rev hon gen col lt sgt capt esq inc ltd co corp llc bros no nos art sec para fig vol p pp ch
    vs etc e.g i.e a.m p.m u.s u.k approx dept est ed eds al cf jan feb mar apr jun jul aug sep sept oct nov dec p.o
    hr fr nr abs bzw z.b d.h u.a usw ca ggf inkl evtl str tel vgl mio mrd geb dipl ing bd
    mme mlle me av env ste
    dhr mevr bijv o.a d.w.z enz t.a.v
    np itd itp ul tzw m.in pkt ust""".split()  # noqa: SIM905
)
"""What ends with a point in the middle of a sentence, in lower case without its last point."""


class Sentence(NamedTuple):
    """A sentence on one line, and how many characters of the text stand before it."""

    text: str
    start: int


def sentences_of(text: str) -> Iterator[Sentence]:
    """The sentences of *text*, in order. An empty line or a form feed ends one, with or without a point."""
    start = 0
    for match in [*_BLOCK.finditer(text), None]:
        end = match.start() if match else len(text)
        yield from _of_block(text, start, end)
        start = match.end() if match else end


def _of_block(text: str, start: int, end: int) -> Iterator[Sentence]:
    for match in _ENDS.finditer(text, start, end):
        if not _goes_on(text[start : match.end()]):
            yield from _made(text, start, match.end())
            start = match.end()
    yield from _made(text, start, end)


def _made(text: str, start: int, end: int) -> Iterator[Sentence]:
    plain = " ".join(text[start:end].split())
    if plain:
        yield Sentence(plain, start + len(text[start:end]) - len(text[start:end].lstrip()))


def _goes_on(so_far: str) -> bool:
    """Does the point at the end of *so_far* belong to an abbreviation, an initial or a number?"""
    if not so_far.endswith("."):
        return False
    last = so_far.rsplit(maxsplit=1)[-1].lstrip("(\"'“„«[")
    word = last[:-1].lower()
    is_initial = len(word) == 1 and last[0].isupper()
    return word in _SHORTENED or is_initial or bool(_NUMBERED.search(so_far[-12:]))
