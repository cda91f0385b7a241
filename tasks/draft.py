"""Draft: a brief becomes an e-mail that a person has to approve."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from blocks.base.errors import HoldfastError, Misuse
from blocks.durable import GIVEN, stage
from blocks.providers.language_model import LanguageModel
from tasks.prompts import Prompt, prompt
from tasks.schemas.email import ADDRESS, NOT_IN_A_LINE, Brief, Draft, DraftText, Email, Tone

DRAFT_EMAIL = prompt("draft_email")
TEMPLATE = "template (no language model)"

_LABEL = re.compile(r"(to|tone|fact)\s*:\s*(\S.*)", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(rf"(?<![\w.+-]){ADDRESS}(?![\w-])")
_TOLD_TO = re.compile(
    rf"\A(?:please\s+)?(?:tell|inform|notify|remind|write(?:\s+to)?|let|e?-?mail)\s+{ADDRESS}"
    r"(?:\s+know)?(?:\s+that|\s*[:,])?\s+(?=\S)",
    re.IGNORECASE,
)
_GREETINGS: dict[Tone, str] = {"neutral": "Hello,", "formal": "Dear Sir or Madam,", "friendly": "Hi,"}
_CLOSINGS: dict[Tone, str] = {
    "neutral": "Kind regards",
    "formal": "Yours faithfully",
    "friendly": "Best wishes",
}
_SUBJECT_CHARACTERS = 72
_NO_SUBJECT = "A message"
_UNFIT = re.compile(f"[{NOT_IN_A_LINE}]")


class BriefUnclear(Misuse):
    """The brief does not say what e-mail is wanted:"""

    next = 'For example: holdfast run send_email "Tell ann@example.com that order 4711 is late" "fact: new date 3 May"'


class DraftUnusable(HoldfastError):
    """The language model {model} wrote no e-mail that could be sent:"""

    safe = "Nothing was sent; this one request was billed."
    next = "Run the same command again to ask once more, or choose another model with HOLDFAST_MODEL."


def read_brief(lines: Sequence[str]) -> Brief:
    """The brief in *lines*: the purpose first, then facts; `to: ADDRESS`, `tone: formal` and `fact: ...` are labels.

    Without `to:` the one address in the purpose is the recipient. Words that a shell took apart are one line again.
    Raises BriefUnclear.
    """
    given = [" ".join(lines)] if all(len(line.split()) < 2 for line in lines) else lines
    said: dict[str, list[str]] = {"to": [], "tone": [], "fact": [], "": []}
    for line in given:
        match = _LABEL.fullmatch(line.strip())
        said[match[1].lower() if match else ""].append(match[2] if match else line.strip())
    purpose, *others = [text for text in said[""] if text] or [""]
    if not purpose:
        raise BriefUnclear("it is empty." if not said["to"] else "it names a recipient and no purpose.")
    wanted: dict[str, Any] = {
        "purpose": purpose,
        "to": _recipients(said["to"], purpose),
        "facts": (*others, *said["fact"]),
        "tone": (said["tone"] or ["neutral"])[-1].lower(),
    }
    try:
        return Brief.model_validate(wanted)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise BriefUnclear(f"{wrong}.") from error


@stage(version=1)
def draft_email(brief: Brief, *, model: LanguageModel = GIVEN, instructions: Prompt = DRAFT_EMAIL) -> Draft:
    """An e-mail that says what *brief* wants, to the recipients that it names.

    Costs one request to the profile's language model; nothing offline, where a template repeats the brief.
    Raises DraftUnusable beside what the model raises.
    """
    if model.is_offline:
        return Draft(email=by_template(brief), written_by=TEMPLATE)
    reply = model.facts(_question(brief), instructions=instructions.text, kind=DraftText, by_rules=_never)
    subject = _subject(reply.facts.subject, 200)
    try:
        return Draft(email=Email(to=brief.to, subject=subject, body=reply.facts.body), written_by=model.name)
    except ValidationError as error:
        reply.spoil()
        raise DraftUnusable(f"{error}", model=model.name) from error


def by_template(brief: Brief) -> Email:
    """The e-mail that repeats *brief* in the order of a letter."""
    said = _sentence(_TOLD_TO.sub("", brief.purpose, count=1))
    first_line = re.split(r"(?<=[.!?])\s|\n", said, maxsplit=1)[0]
    facts = "\n".join(f"- {fact}" for fact in brief.facts)
    parts = (_GREETINGS[brief.tone], said, facts, _CLOSINGS[brief.tone])
    subject = _subject(first_line.rstrip("."), _SUBJECT_CHARACTERS)
    return Email(to=brief.to, subject=subject, body="\n\n".join(part for part in parts if part))


def _recipients(named: Sequence[str], purpose: str) -> str:
    if named:
        return ", ".join(_address(one) for one in re.split(r"[,;]", ",".join(named)))
    found = list(dict.fromkeys(_ADDRESS.findall(purpose)))
    if len(found) == 1:
        return found[0]
    why = "it names several addresses" if found else "it names no e-mail address"
    raise BriefUnclear(f"{why}; say who receives it: to:ann@example.com.")


def _address(text: str) -> str:
    if not re.fullmatch(ADDRESS, text.strip()):
        raise BriefUnclear(f"{text.strip()!r} is no e-mail address.")
    return text.strip()


def _question(brief: Brief) -> str:
    facts = [f"- {fact}" for fact in brief.facts] or ["- none beside the purpose"]
    return "\n".join(
        [f"Purpose: {brief.purpose}", f"Recipients: {brief.to}", f"Tone: {brief.tone}", "Facts:", *facts]
    )


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def _subject(text: str, most: int) -> str:
    """*text* as one line without what no line holds, cut between words."""
    text = " ".join(_UNFIT.sub(" ", text).split()) or _NO_SUBJECT
    return text if len(text) <= most else f"{text[: most - 1].rsplit(' ', 1)[0].rstrip(',;:')}…"


def _never(document: str) -> DraftText:
    raise AssertionError("the template is asked directly")
