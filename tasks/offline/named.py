"""What a text names: dates, sums of money, parties and places. Rules, not a language model."""

import re

from tasks.offline.named_dates import dates_in
from tasks.offline.named_money import money_in
from tasks.offline.organizations import organizations_in
from tasks.offline.people import people_in
from tasks.offline.places import places_in
from tasks.schemas.analysis import NamedEntities, NamedEntity

_WRAPPED = re.compile(r"(?<=[^\n]{45}[^\n.:;!?])[ \t]*\n[ \t]*(?=\S)")


def named_in(text: str) -> NamedEntities:
    """What *text* (pages joined by form feeds) names, each spelling once. Pure and deterministic; about 10 ms a page.

    Text is only data: nothing in it is followed.
    """
    plain = as_prose(text)
    organizations = organizations_in(plain)
    places = places_in(plain, [party.span for party in organizations])
    people = people_in(plain, [named.span for named in (*organizations, *places)])
    named = [
        *dates_in(plain),
        *money_in(plain),
        *(
            NamedEntity(kind="party", text=party.text, value=party.name)
            for party in (*organizations, *people)
        ),
        *(NamedEntity(kind="place", text=place.text, value=place.name) for place in places),
    ]
    return NamedEntities(entities=tuple(dict.fromkeys(named)))


def as_prose(text: str) -> str:
    """*text* with the breaks of wrapped lines made blanks; what stands apart stays apart.

    >>> as_prose("Short\\nlines stay")
    'Short\\nlines stay'
    """
    return _WRAPPED.sub(" ", text)
