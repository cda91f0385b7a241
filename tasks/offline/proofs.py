"""Whether a total is borne out by the other amounts of the page: each independent sum that ends in it is a proof."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, combinations, product
from typing import Literal

from tasks.offline.claims import Claim
from tasks.offline.numbers import find_numbers
from tasks.offline.tax_rows import HIGHEST_RATE, TaxRow

HALF_CENT = Decimal("0.005")
SLACK = Decimal("0.015")
ZERO = Decimal(0)
MOST = 24
MOST_RATES = 6
MOST_TABLES = 8
"""What is looked at of a paper with very many labelled amounts: sums are tried in all combinations."""

Weight = Literal["strong", "medium", "weak"]


@dataclass(frozen=True)
class Proof:
    """One sum that ends in the total. *net* and *tax* are the parts it was made of, where it has them."""

    kind: Literal[
        "net and tax",
        "tax table",
        "tax within",
        "paid and change",
        "line items",
        "rounding",
        "settled",
        "repeated",
    ]
    weight: Weight
    net: Decimal | None = None
    tax: Decimal | None = None


@dataclass(frozen=True)
class Ledger:
    """The amounts of a page by role, all as printed but for the sign: what is taken off is positive too."""

    claims: tuple[Claim, ...]
    tables: tuple[tuple[TaxRow, ...], ...]
    line_sum: Decimal | None
    printed: frozenset[Decimal] = frozenset()
    """The value of every amount on the page, without its sign."""
    pairs: tuple[tuple[Decimal, Decimal], ...] = ()
    """Rows of exactly two amounts of which the second may be the tax on the first."""

    def values(self, *roles: str) -> tuple[Decimal, ...]:
        """The distinct values claimed in *roles*, in order of appearance; of very many, the first few and the last."""
        found = tuple(dict.fromkeys(claim.value for claim in self.claims if claim.role in roles))
        return found if len(found) <= MOST else (*found[: MOST // 4], *found[-MOST * 3 // 4 :])

    def tax_sums(self) -> Iterator[Decimal]:
        """The sum of every run of rows labelled as tax that stand close together: one row for each rate, the longest first."""
        rows = {row.row.index: row.tax for table in self.tables for row in table if row.tax}
        rows |= {
            claim.row.index: claim.value for claim in self.claims if claim.role == "tax" and claim.value > 0
        }
        for run in sorted(_runs(sorted(rows)[-MOST:]), key=len, reverse=True):
            yield sum((rows[index] for index in run), ZERO)

    def rated_sums(self) -> Iterator[tuple[Decimal, Decimal]]:
        """The taxes of each run of rows with different rates, and the least that goods and tax come to, longest run first."""
        taxes = self.rated_taxes()
        for run in sorted(_runs(sorted(taxes), least=1), key=len, reverse=True):
            rates = [taxes[index][0] for index in run]
            if len(set(rates)) == len(rates):
                yield (
                    sum((taxes[index][1] for index in run), ZERO),
                    sum((_least_gross(*taxes[index]) for index in run), ZERO),
                )

    def is_net_and_tax(self, value: Decimal) -> bool:
        """Whether *value* is the sum of a net and a tax, to the cent and without anything between."""
        taxes = (*self.values("tax"), *self.tax_sums(), *(tax for _, tax in self.table_sums()))
        return any(net + tax == value for net in self.values("net") for tax in taxes if tax > 0)

    def rated_taxes(self) -> dict[int, tuple[Decimal, Decimal]]:
        """Row to the rate (per cent) and the tax of every row that is labelled as tax and prints its rate."""
        found: dict[int, tuple[Decimal, Decimal]] = {}
        for claim in self.claims:
            rates = [
                n.value for n in find_numbers(claim.row.text) if n.percent and 0 < n.value <= HIGHEST_RATE
            ]
            if claim.role == "tax" and claim.value > 0 and len(rates) == 1:
                found[claim.row.index] = (rates[0], claim.value)
        return found

    def table_sums(self) -> Iterator[tuple[Decimal, Decimal]]:
        """Net and tax of every tax table, and of every part of it (a line of the page can look like a tax row by chance)."""
        for table in self.tables[-MOST_TABLES:]:
            for size in range(len(table), 0, -1):
                for rows in combinations(table[:5], size):
                    yield sum((row.net for row in rows), ZERO), sum((row.tax for row in rows), ZERO)


def _least_gross(rate: Decimal, tax: Decimal) -> Decimal:
    """The least that goods taxed with *tax* at *rate* per cent cost with it, the tax being rounded to cents."""
    return (tax - 2 * HALF_CENT) * (100 + rate) / rate


def _runs(rows: list[int], *, least: int = 2) -> Iterator[list[int]]:
    """Every run of *least* or more of the indices *rows* with at most two other rows between neighbours."""
    for first, _ in enumerate(rows):
        for last in range(first, min(first + MOST_RATES, len(rows))):
            if last > first and rows[last] - rows[last - 1] > 3:
                break
            if last + 1 - first >= least:
                yield rows[first : last + 1]


def proofs_of(total: Decimal, ledger: Ledger) -> tuple[Proof, ...]:
    """All proofs of *total*, at most one of each kind, the strongest of its kind."""
    kinds = (
        _net_and_tax,
        _tax_table,
        _tax_within,
        _paid_and_change,
        _line_items,
        _rounding,
        _settled,
        _repeated,
    )
    return tuple(proof for kind in kinds if (proof := next(kind(total, ledger), None)) is not None)


def _net_and_tax(total: Decimal, ledger: Ledger) -> Iterator[Proof]:
    """Net + tax (+ charges - discounts + rounding) = total, the simplest sum first."""
    nets = (
        *ledger.values("net"),
        sum(ledger.values("net"), ZERO),
        *(value for value in ledger.values("total") if value < total),
    )
    taxes = (*ledger.values("tax"), *ledger.tax_sums(), *(tax for _, tax in ledger.table_sums()), ZERO)
    taxed = any(tax > 0 for tax in taxes)
    pairs = sorted(
        product(dict.fromkeys(nets), dict.fromkeys(taxes)), key=lambda pair: pair[0] + pair[1] != total
    )
    for adjustment in adjustments_of(ledger):
        for net, tax in pairs:
            if net > tax >= 0 and (tax or abs(adjustment) >= 1) and _ends_in(net + tax, adjustment, total):
                whole = (
                    bool(tax) or not taxed
                )  # where a tax is printed but takes no part, it is inside the prices
                yield Proof("net and tax", "strong", net if whole else None, tax if whole else None)
    if total in nets and ZERO in ledger.values("tax"):
        yield Proof("net and tax", "weak", total, ZERO)


def adjustments_of(ledger: Ledger) -> Iterable[Decimal]:
    """What may stand between net + tax and the total: nothing, charges, discounts, both, each with or without rounding."""
    charges, discounts = _sums(ledger.values("charge")), _sums(map(abs, ledger.values("discount")))
    roundings = [ZERO, *(value for value in ledger.values("rounding") if abs(value) < 1)]
    pairs = ((up, down) for up, down in product(charges, discounts))
    sums = (up - down + turn for (up, down), turn in product(pairs, roundings))
    return dict.fromkeys(chain([ZERO], roundings, sums))


def _sums(values: Iterable[Decimal]) -> list[Decimal]:
    """Zero, each of at most four values, and all of them together."""
    known = [value for value in values if value > 0][:4]
    return [ZERO, *known, sum(known, ZERO)]


def _tax_table(total: Decimal, ledger: Ledger) -> Iterator[Proof]:
    for net, tax in ledger.table_sums():
        for turn in (ZERO, *(value for value in ledger.values("rounding") if 0 < abs(value) < 1)):
            if _ends_in(net + tax, turn, total):
                yield Proof("tax table", "strong" if tax else "weak", net, tax)
    for net, tax in ledger.pairs:
        if net + tax == total:
            yield Proof("tax table", "strong", net, tax)


def _tax_within(total: Decimal, ledger: Ledger) -> Iterator[Proof]:
    """The taxes on prices that hold them, each worked back by its rate to what it is in, make the total."""
    taxes = ledger.rated_taxes()
    for run in sorted(_runs(sorted(taxes), least=1), key=len, reverse=True):
        parts = [((100 + rate) / rate, tax) for rate, tax in (taxes[index] for index in run)]
        slack = sum((factor for factor, _ in parts), ZERO) * HALF_CENT + 2 * HALF_CENT
        if abs(sum((factor * tax for factor, tax in parts), ZERO) - total) <= slack < total / 50:
            yield Proof("tax within", "strong", None, sum((tax for _, tax in parts), ZERO))


def _paid_and_change(total: Decimal, ledger: Ledger) -> Iterator[Proof]:
    paid, change = tuple(map(abs, ledger.values("paid"))), ledger.values("change")
    if any(one - back == total for one, back in product(paid, change) if back):
        yield Proof("paid and change", "strong")
    if total in paid:
        yield Proof("paid and change", "medium")


def _line_items(total: Decimal, ledger: Ledger) -> Iterator[Proof]:
    if ledger.line_sum is not None and _same(ledger.line_sum, total):
        yield Proof("line items", "strong")


def _rounding(total: Decimal, ledger: Ledger) -> Iterator[Proof]:
    before = ledger.values("gross", "total", "due", "net")
    turns = [turn for turn in ledger.values("rounding") if 0 < abs(turn) < 1]
    if any(one + turn == total for one, turn in product(before, turns)):
        yield Proof("rounding", "medium")


def _settled(total: Decimal, ledger: Ledger) -> Iterator[Proof]:
    """Total - what was paid before = what is due."""
    paid = _sums(map(abs, ledger.values("paid")))
    if any(
        _same(total - one, due) for one, due in product(paid, ledger.values("due")) if one and due != total
    ):
        yield Proof("settled", "strong")


def _repeated(total: Decimal, ledger: Ledger) -> Iterator[Proof]:
    rows = {
        claim.row.index
        for claim in ledger.claims
        if claim.role in ("gross", "total", "due") and claim.value == total
    }
    if len(rows) > 1:
        yield Proof("repeated", "medium")


def _ends_in(made: Decimal, adjustment: Decimal, total: Decimal) -> bool:
    """A sum with an adjustment has to end in the total to the cent; without one, rounding of the parts is allowed for."""
    return made + adjustment == total if adjustment else _same(made, total)


def _same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) < SLACK
