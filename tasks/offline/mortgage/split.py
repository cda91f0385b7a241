"""Where one paper ends and the next begins in a file of several pages."""

import re
from collections.abc import Sequence

from tasks.offline.mortgage.classify import LEAST_WEIGHT, Weighed, weigh
from tasks.schemas.paper import PaperKind

ONE_PAGE: frozenset[PaperKind] = frozenset(
    {"w2", "pay_stub", "payroll_check", "drivers_license", "state_id", "passport", "social_security_card", "1099_misc",
     "1099_nec", "1099_div", "1099_int", "1099_r", "1099_g", "auto_loan_statement", "student_loan_statement"}
)  # fmt: skip
"""Kinds that fit a page: the next page with such a title is another paper."""
_PAGE_OF = re.compile(r"\bpage:? ?(\d{1,3}) ?(?:of|/) ?\d{1,3}\b", re.IGNORECASE)


def split(pages: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The places of the pages (from 0) that each paper of a file has, in order.

    A page begins a paper where it is titled as another kind than the paper before it, or as one that fits a page, or says that it
    is page 1. What says nothing of itself belongs to what is before it.
    """
    papers, current = list[list[int]](), "other"
    for place, text in enumerate(pages):
        found = _said_by(text)
        if not papers or _begins(found, current, _number_of(text)):
            papers.append([])
            current = found.kind
        elif current == "other" and found.weight >= LEAST_WEIGHT:
            current = found.kind
        papers[-1].append(place)
    return tuple(tuple(places) for places in papers)


def _begins(found: Weighed, current: str, number: int | None) -> bool:
    if number is not None and number > 1:
        return False
    if found.weight < 2 * LEAST_WEIGHT:
        return False
    if found.kind != current:
        return found.titled or found.weight >= 3 * LEAST_WEIGHT
    return (found.titled and found.kind in ONE_PAGE) or number == 1


def _said_by(text: str) -> Weighed:
    return next(iter(weigh(text)), Weighed("other", 0.0, "", False))


def _number_of(text: str) -> int | None:
    """The number that a page gives itself, where it gives one."""
    match = _PAGE_OF.search(text)
    return int(match[1]) if match else None
