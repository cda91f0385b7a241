"""Templates, escaping, words for times."""

import datetime as dt
import hashlib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from blocks.base import clock
from deployments.approval_page.visits import Visit

HERE = Path(__file__).parent
FILES = {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters by their category, and yet nothing is seen
_NOW = "under 1 min"
_STEPS = ((60, "min"), (3600, "h"), (86400, "day"))


def paint(
    request: Request, visit: Visit | None, template: str, *, status: int = 200, **given: Any
) -> HTMLResponse:
    """A page. Everything in it is escaped."""
    page = _environment().get_template(template)
    return HTMLResponse(page.render(request=request, visit=visit, **given), status)


@cache
def file(name: str) -> tuple[bytes, str]:
    """One of our own files, and its mark, which changes with it."""
    data = (HERE / "static" / name).read_bytes()
    return data, hashlib.sha256(data).hexdigest()[:12]


def seen(value: object) -> str:
    """Text for people: characters that turn or hide others are written out."""
    text = str(value)
    return text if text.isprintable() and _BLANK.isdisjoint(text) else "".join(map(_told, text))


def age(moment: dt.datetime) -> str:
    """How long ago, or how long until: "3 h"."""
    seconds = abs((clock.as_datetime(clock.now_us()) - moment).total_seconds())
    if seconds < 60:
        return _NOW
    size, unit = next((step for step in reversed(_STEPS) if seconds >= step[0]), _STEPS[0])
    number = int(seconds // size)
    return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}"


def ago(moment: dt.datetime) -> str:
    """How long ago, for people."""
    since = age(moment)
    return "just now" if since == _NOW else f"{since} ago"


def until(moment: dt.datetime | None) -> str:
    """A deadline for people."""
    if moment is None:
        return "no deadline"
    return f"over since {age(moment)}" if is_over(moment) else f"in {age(moment)}"


def is_over(moment: dt.datetime) -> bool:
    """Has it passed?"""
    return moment <= clock.as_datetime(clock.now_us())


def is_soon(moment: dt.datetime | None) -> bool:
    """Is it less than two hours away?"""
    return moment is not None and moment <= clock.as_datetime(clock.now_us()) + dt.timedelta(hours=2)


def exact(moment: dt.datetime) -> str:
    """Date and time for people, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def moment_tag(moment: dt.datetime, words: str) -> Markup:
    """*words*, with the exact time beside them for who points at them, and for machines."""
    exactly, machine = exact(moment), moment.isoformat()
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, exactly, escape(words))


def _told(character: str) -> str:
    is_hidden = unicodedata.category(character) in _HIDDEN or character in _BLANK
    if character in "\n\t" or not is_hidden:
        return character
    return f"⟨U+{ord(character):04X}⟩"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["mark_of"] = lambda name: file(name)[1]
    for filter_ in (seen, age, ago, until, exact, moment_tag, is_soon):
        made.filters[filter_.__name__] = filter_
    return made
