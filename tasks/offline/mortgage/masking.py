"""Social security numbers are not kept but for their end, whoever read them."""

import re
from typing import TypeVar

from tasks.schemas.frozen import Frozen
from tasks.schemas.invoice import Fact

F = TypeVar("F", bound=Frozen)
_SSN = re.compile(
    r"(?<![\d-])\d{3}[- –]{1,3}\d{2}[- –]{1,3}(\d{4})(?![\d-])|(?<![\d.,-])\d{5}(\d{4})(?![\d.,-])"
)


def masked(text: str) -> str:
    """*text* with every social security number cut to its end.

    >>> masked("SSN: 123-45-6789, wages 123456789.00")
    'SSN: XXX-XX-6789, wages 123456789.00'
    """
    return _SSN.sub(lambda match: f"XXX-XX-{match[1] or match[2]}", text)


def without_numbers(facts: F) -> F:
    """*facts* with the numbers in their evidence masked, and no more than four digits where an end is asked for."""
    changed = dict[str, object]()
    for name, fact in facts:
        if isinstance(fact, Fact):
            value = fact.value
            if name == "ssn_end" and value is not None:
                value = re.sub(r"\D", "", str(value))[-4:] or None
            evidence = None if fact.evidence is None else masked(fact.evidence)
            changed[name] = fact.model_copy(update={"value": value, "evidence": evidence})
    return facts.model_copy(update=changed)
