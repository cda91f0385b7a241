"""Where an envelope lies on a shelf that has paths."""

from collections.abc import Iterable, Iterator


def path_of(name: str) -> str:
    """`ab/abcd...` for the name `abcd...`. Raises ValueError where it is no name."""
    if not is_name(name):
        raise ValueError(f"an artifact is named by 64 hex digits, got {name!r}")
    return f"{name[:2]}/{name}"


def names_in(paths: Iterable[str]) -> Iterator[str]:
    """The names of envelopes among *paths*; drafts, and what was set aside, are none."""
    for path in paths:
        name = path.rpartition("/")[2]
        if is_name(name) and path == path_of(name):
            yield name


def is_name(name: str) -> bool:
    """64 hex digits."""
    return len(name) == 64 and set(name) <= set("0123456789abcdef")
