"""Stages that count their bodies. Light ones need no Prefect server; each has a twin that is durable."""

from pydantic import BaseModel, ConfigDict

from blocks.durable import stage
from tests.worlds.counting import body_ran


class Page(BaseModel):
    """A small value and one that does not fit into a row."""

    model_config = ConfigDict(frozen=True)

    number: int
    text: str = ""


@stage(version=1, weight="light")
def small(number: int) -> Page:
    """An answer that is kept in the row."""
    body_ran(f"small-{number}")
    return Page(number=number, text="a few words")


@stage(version=1, weight="light")
def large(number: int) -> Page:
    """An answer that is kept as an artifact."""
    body_ran(f"large-{number}")
    return Page(number=number, text=f"page {number} " * 4000)


@stage(version=1, weight="light")
def joined(left: Page, right: Page) -> Page:
    """An answer over two others, with large inputs."""
    body_ran("joined")
    return Page(number=left.number + right.number, text=left.text + right.text)


def story() -> Page:
    """Three stages, the last over the first two."""
    return joined(small(1), large(2))
