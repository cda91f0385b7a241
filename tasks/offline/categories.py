"""Give each line of an invoice its account, by the words of the chart. Pure: no model, no network."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from tasks.offline.fold import fold
from tasks.schemas.categorized import CategorizedInvoice, CategorizedLine, Category
from tasks.schemas.chart_of_accounts import Account, ChartOfAccounts
from tasks.schemas.invoice import Invoice, LineItem

LONGEST_PHRASE = 4
"""Words in the longest keyword that is looked for."""

FULL_STRENGTH = 6
"""Letters of a found word from which on its length is no reason for doubt."""

VENDOR_TRUST = 0.5
"""What a word of the vendor's name counts against the same word on the line."""

WEAK_TRUST = 0.6
"""What a weak word counts against a keyword."""


@dataclass(frozen=True)
class Fit:
    """How well one account fits a text: letters of the words found, and those words."""

    account: Account
    letters: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class KeywordIndex:
    """Keyword to the accounts that name it; two tables, because weak words are asked last."""

    strong: dict[str, tuple[Account, ...]]
    weak: dict[str, tuple[Account, ...]]


def categorize_lines(invoice: Invoice, chart: ChartOfAccounts) -> CategorizedInvoice:
    """*invoice* with one category per line, in order, and one for the whole.

    A line is placed by its own words; where it has none that the chart knows, by those of the vendor's name,
    with half the confidence. What no rule places is unassigned, and so is what two accounts fit equally well.
    Costs about 1 ms for ten lines.
    """
    from_vendor = _by_vendor(invoice, chart)
    lines = tuple(
        CategorizedLine(line=line, category=_by_line(line, from_vendor, chart)) for line in invoice.line_items
    )
    return CategorizedInvoice(invoice=invoice, lines=lines, main=_main(lines, from_vendor, chart))


def category_of(text: str, chart: ChartOfAccounts) -> Category:
    """The category that the words of *text* lead to, or the unassigned one with the reason."""
    index = _index(chart.accounts)
    for table, trust in ((index.strong, 1.0), (index.weak, WEAK_TRUST)):
        fits = _fits(text, table)
        if fits:
            return _decided(fits, trust, chart)
    return _unassigned(chart, "no word of it is in the chart")


def _by_line(line: LineItem, from_vendor: Category, chart: ChartOfAccounts) -> Category:
    own = category_of(line.description, chart)
    return from_vendor if from_vendor.assigned and not own.assigned else own


def _by_vendor(invoice: Invoice, chart: ChartOfAccounts) -> Category:
    """The category of the vendor's name, or unassigned."""
    found = category_of(invoice.vendor.value or "", chart)
    if not found.assigned:
        return _unassigned(chart, "no line, and no word of the vendor's name is in the chart")
    return found.model_copy(
        update={
            "reason": f"the vendor's name: {found.reason}",
            "confidence": round(found.confidence * VENDOR_TRUST, 2),
        }
    )


def _decided(fits: tuple[Fit, ...], trust: float, chart: ChartOfAccounts) -> Category:
    best = fits[0]
    rival = fits[1].letters if len(fits) > 1 else 0
    if rival == best.letters:
        names = " and ".join(fit.account.name for fit in fits if fit.letters == rival)
        return _unassigned(chart, f"these fit equally well: {names}")
    strength = min(1.0, best.letters / FULL_STRENGTH)
    confidence = trust * strength * best.letters / (best.letters + rival)
    return Category(
        code=best.account.code,
        name=best.account.name,
        reason=f"found: {', '.join(best.words)}",
        confidence=round(min(confidence, 0.95), 2),
        assigned=True,
    )


def _unassigned(chart: ChartOfAccounts, reason: str) -> Category:
    account = chart.unassigned
    return Category(code=account.code, name=account.name, reason=reason, confidence=0.0, assigned=False)


def _main(lines: tuple[CategorizedLine, ...], from_vendor: Category, chart: ChartOfAccounts) -> Category:
    """The category with the largest part of the amount; lines count alike where no line has an amount."""
    if not lines:
        return from_vendor
    shares = _shares(lines)
    code = max(shares, key=lambda account: shares[account])
    share = float(shares[code] / sum(shares.values()))
    sure = max(placed.category.confidence for placed in lines if placed.category.code == code)
    account = chart.account(code)
    return Category(
        code=code,
        name=account.name,
        reason=f"{share:.0%} of the amount",
        confidence=round(sure * share, 2),
        assigned=not account.unassigned,
    )


def _shares(lines: tuple[CategorizedLine, ...]) -> dict[str, Decimal]:
    priced = any(placed.line.amount for placed in lines)
    shares: dict[str, Decimal] = defaultdict(Decimal)
    for placed in lines:
        shares[placed.category.code] += abs(placed.line.amount or Decimal(0)) if priced else Decimal(1)
    return shares


def _fits(text: str, table: dict[str, tuple[Account, ...]]) -> tuple[Fit, ...]:
    """The accounts whose words are in *text*, the best fit first."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    accounts: dict[str, Account] = {}
    for phrase in _phrases(text):
        for keyword in _spellings(phrase):
            for account in table.get(keyword, ()):
                accounts[account.code] = account
                words = found[account.code]
                words[phrase] = max(words.get(phrase, ""), keyword, key=_letters)
    fits = [
        Fit(accounts[code], sum(map(_letters, words.values())), tuple(words)) for code, words in found.items()
    ]
    return tuple(sorted(fits, key=lambda fit: (-fit.letters, fit.account.code)))


def _phrases(text: str) -> Iterator[str]:
    """The words of *text* and their runs of up to LONGEST_PHRASE, once each."""
    words = _plain(text).split()
    runs = (
        " ".join(words[start : start + length])
        for length in range(1, LONGEST_PHRASE + 1)
        for start in range(len(words) - length + 1)
    )
    yield from dict.fromkeys(runs)


def _spellings(phrase: str) -> Iterator[str]:
    """Every keyword that would find *phrase*: itself, its last or first word cut with `*`."""
    plain = phrase.replace("ss", "s")
    yield plain
    for cut in range(plain.rfind(" ") + 2, len(plain) + 1):
        yield f"{plain[:cut]}*"
    for cut in range(1, len(plain.split(" ")[0])):
        yield f"*{plain[cut:]}"


def _letters(keyword: str) -> int:
    return len(keyword) - keyword.count("*")


def _plain(text: str) -> str:
    """The letters and digits of *text*, lower case and without accents; a space for anything else."""
    return "".join(letter if letter.isalnum() else " " for letter in fold(text))


@lru_cache(maxsize=4)
def _index(accounts: tuple[Account, ...]) -> KeywordIndex:
    return KeywordIndex(
        strong=_table((account, account.keywords.all) for account in accounts),
        weak=_table((account, account.weak) for account in accounts),
    )


def _table(words_of: Iterator[tuple[Account, tuple[str, ...]]]) -> dict[str, tuple[Account, ...]]:
    table: dict[str, dict[str, Account]] = defaultdict(dict)
    for account, words in words_of:
        for word in words:  # ß is folded to one s, so every double s is looked up as one
            table[word.replace("ss", "s")][account.code] = account
    return {word: tuple(accounts.values()) for word, accounts in table.items()}
