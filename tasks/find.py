"""Find: text becomes the dates, sums of money, parties and places that it names, each with its evidence."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from blocks.durable import GIVEN, stage
from blocks.providers.language_model import LanguageModel
from tasks.extract import PAGE_BREAK
from tasks.offline.fold import fold
from tasks.offline.named import named_in
from tasks.prompts import Prompt, prompt
from tasks.schemas.analysis import Entities, Entity, NamedEntities, NamedEntity
from tasks.schemas.document import DocumentText, PageText
from tasks.summarize import made_by

FIND_ENTITIES = prompt("find_entities")
KINDS = ("party", "place", "date", "money")
_AROUND = 60  # characters before and after what is named


@stage(version=1)
def find_entities(
    text: DocumentText, *, model: LanguageModel = GIVEN, instructions: Prompt = FIND_ENTITIES
) -> Entities:
    """What *text* names. Only what stands in it letter for letter is taken: a model may have made up the rest.

    Costs one request to the profile's language model; nothing with the offline reader, which is rules.
    """
    reply = model.facts(
        PAGE_BREAK.join(page.text for page in text.pages),
        instructions=instructions.text,
        kind=NamedEntities,
        by_rules=named_in,
    )
    return Entities(entities=tuple(located(reply.facts.entities, text.pages)), found_by=made_by(model))


def located(named: Iterable[NamedEntity], pages: tuple[PageText, ...]) -> list[Entity]:
    """*named* where it stands in *pages*: each value once, by kind, the most often named first."""
    found = [entity for one in dict.fromkeys(named) for entity in _first(one, pages)]
    found.sort(key=_same)
    merged = [_merged(list(group)) for _, group in groupby(found, key=_same)]
    return sorted(merged, key=lambda one: (KINDS.index(one.kind), -one.count, one.page, one.start, one.value))


def _same(entity: Entity) -> tuple[str, str]:
    """Two with the same are one: names are compared by their letters and digits."""
    key = (
        entity.value if entity.kind in ("date", "money") else re.sub(r"\W+", " ", fold(entity.value)).strip()
    )
    return entity.kind, key


def _merged(group: list[Entity]) -> Entity:
    first = min(group, key=lambda one: (one.page, one.start, one.text))
    times = {one.text: one.count for one in group}
    return first.model_copy(update={"count": sum(times.values())})


def _first(one: NamedEntity, pages: tuple[PageText, ...]) -> Iterator[Entity]:
    """Where it stands first; nothing where it stands nowhere."""
    words = [re.escape(word) for word in one.text.split()]
    if not words:
        return
    pattern = re.compile(r"\s+".join(words) + r"(?!\w)")  # it begins with letters: that is found fast
    hits = [(page, match) for page in pages for match in pattern.finditer(page.text) if _begins_a_word(match)]
    if hits:
        page, match = hits[0]
        yield Entity(
            kind=one.kind,
            value=" ".join(one.value.split()),
            text=" ".join(match[0].split()),
            page=page.number,
            start=match.start(),
            evidence=_around(page.text, match.start(), match.end()),
            count=len(hits),
        )


def _begins_a_word(match: re.Match[str]) -> bool:
    before = match.string[match.start() - 1 : match.start()] if match.start() else ""
    return not (before.isalnum() or before == "_")


def _around(text: str, start: int, end: int) -> str:
    """The words around, whole ones where they are not too long."""
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    if start > _AROUND:
        before = before.partition(" ")[2] or before
    if end + _AROUND < len(text):
        after = after.rpartition(" ")[0] or after
    return " ".join(f"{before}{text[start:end]}{after}".split())
