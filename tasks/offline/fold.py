"""One plain spelling for matching: lower case, no accents, the same length, so that spans stay true."""

import unicodedata
from functools import lru_cache

_LETTERS = dict(zip("ßłŁøØæœđ’`´–—‐‑−：º°№\t\u00a0\u202f\u2009", "sllooaod'''-----:oon    ", strict=True))


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """*text* in lower case without accents, one character for one character: 'Zahlbeträge' to 'zahlbetrage'.

    >>> fold("Fällig am: 3 août")
    'fallig am: 3 aout'
    """
    if text.isascii():
        return text.lower().translate(_ASCII)
    return "".join(map(_fold_letter, text))


_ASCII = str.maketrans({"`": "'", "\t": " "})


@lru_cache(maxsize=1024)
def _fold_letter(letter: str) -> str:
    if letter in _LETTERS:
        return _LETTERS[letter]
    if letter < "\x80":
        return letter.lower()
    plain = unicodedata.normalize("NFKD", letter).lower()
    return plain[0] if plain and plain[0].isprintable() else letter
