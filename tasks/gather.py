"""Gather: what is given to be read, wherever it lies, becomes a list of sources."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tasks.fetch import name_of_url
from tasks.receive import list_files
from tasks.schemas.source_file import SourceFile

WEB = ("https://", "http://")


def list_sources(places: Iterable[str]) -> list[SourceFile]:
    """Every source of *places*: what `list_files` finds, then each web address once, which is fetched when its turn comes.

    Reads every byte of files and buckets once. Raises what `list_files` raises.
    """
    given = list(places)
    urls = list(dict.fromkeys(place for place in given if is_web(place)))
    others = [place for place in given if not is_web(place)]
    files = list_files(others) if others or not urls else []
    return [*files, *_named(urls, {file.name for file in files})]


def is_web(place: str) -> bool:
    """Is *place* a web address?"""
    return place.lower().startswith(WEB)


def _named(urls: Sequence[str], taken: set[str]) -> list[SourceFile]:
    """Sources with a name of their own each: without what stands behind a question mark, which may be a secret."""
    times = Counter(taken)
    found: list[SourceFile] = []
    for url in urls:
        name = name_of_url(url)
        times[name] += 1
        found.append(SourceFile(name=name if times[name] == 1 else f"{name} ({times[name]})", url=url))
    return found
