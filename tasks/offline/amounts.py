"""Net, tax and total of a page: every amount that may be the total is weighed by its labels and by the sums that end in it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from tasks.offline.claims import CENT, Claim, read_claims
from tasks.offline.grid import Grid
from tasks.offline.labels import names_credit_note
from tasks.offline.numbers import find_amounts
from tasks.offline.proofs import ZERO, Ledger, Proof, adjustments_of, proofs_of
from tasks.offline.tax_rows import TaxRow, money_of, read_tax_tables, tax_pairs
from tasks.schemas.invoice import Fact

NOTHING = Fact[Decimal]()
TOTALS = ("gross", "total", "due")
_COIN = Decimal("0.05")
_WEIGHT = {"strong": 0.4, "medium": 0.2, "weak": 0.15}


@dataclass(frozen=True)
class Amounts:
    """The amounts of a document. *other_totals* are labelled as the total too and differ from it without a reason."""

    net: Fact[Decimal] = NOTHING
    tax: Fact[Decimal] = NOTHING
    total: Fact[Decimal] = NOTHING
    other_totals: tuple[Fact[Decimal], ...] = ()
    claims: tuple[Claim, ...] = ()

    def ends_of_lines(self) -> tuple[Decimal, ...]:
        """What the lines may add up to: the net, else the total without the tax, and the total."""
        total, tax = self.total.value, self.tax.value
        without = (
            self.net.value if self.net.value is not None or total is None or tax is None else total - tax
        )
        return tuple(value for value in (without, total) if value is not None)


@dataclass(frozen=True)
class Candidate:
    """One value that may be the total, the claims that say so and the sums that end in it."""

    value: Decimal
    claims: tuple[Claim, ...]
    proofs: tuple[Proof, ...]
    alone: bool
    """It is the only amount of the document."""

    @property
    def label(self) -> float:
        """How surely its best label names the total."""
        return max((claim.strength for claim in self.claims), default=0.25)

    @property
    def strong(self) -> int:
        """How many independent sums end in it."""
        return sum(proof.weight == "strong" for proof in self.proofs)

    def parts(self) -> Proof | None:
        """The proof that splits it into net and tax, the one with tax first."""
        split = [proof for proof in self.proofs if proof.net is not None]
        return min(split, key=lambda proof: not proof.tax) if split else None


def read_amounts(grid: Grid, style: str | None, line_sum: Decimal | None = None) -> Amounts:
    """The amounts of *grid*; *line_sum* is the sum of its line items where all of them were read.

    The amounts of a credit note are given as positive; the evidence of its total then names the credit note.
    """
    claims, tables = read_claims(grid, style), read_tax_tables(grid, style)
    if _is_negative(claims):
        claims, tables = (
            tuple(map(_flipped, claims)),
            tuple(tuple(map(_flipped_row, table)) for table in tables),
        )
        line_sum = -line_sum if line_sum is not None and line_sum < 0 else line_sum
    printed = frozenset(abs(number.value) for row in grid.filled for number in money_of(row, style))
    ledger = Ledger(claims, tables, line_sum, printed, tax_pairs(grid, style))
    candidates = [_candidate(value, ledger) for value in _values(ledger)]
    if not candidates:
        return _only_amount(grid, style)
    best = max(candidates, key=lambda candidate: (_score(candidate, candidates, ledger), candidate.value))
    return _facts(best, ledger, grid)


def _only_amount(grid: Grid, style: str | None) -> Amounts:
    """The one amount of a paper that labels none: most likely the total, but a person has to say so."""
    found = [(number.value, row) for row in grid.filled for number in money_of(row, style) if number.currency]
    if len({value for value, _ in found}) != 1 or found[0][0] <= 0:
        return Amounts()
    value, row = found[0]
    return Amounts(total=Fact[Decimal](value=value, evidence=row.evidence, confidence=0.6))


def _is_negative(claims: tuple[Claim, ...]) -> bool:
    """Whether the best labelled totals are negative: a credit note."""
    totals = sorted((claim for claim in claims if claim.role in TOTALS), key=lambda claim: -claim.strength)
    return bool(totals) and totals[0].value < 0


def _flipped(claim: Claim) -> Claim:
    return replace(claim, value=-claim.value)


def _flipped_row(row: TaxRow) -> TaxRow:
    return replace(row, net=-row.net, tax=-row.tax, gross=None if row.gross is None else -row.gross)


def _values(ledger: Ledger) -> list[Decimal]:
    """The values that may be the total: labelled as one, or printed and the end of a sum that ends in totals."""
    sums = {net + tax for net in ledger.values("net") for tax in ledger.values("tax") if net > tax > 0}
    sums |= {abs(paid) - back for paid in ledger.values("paid") for back in ledger.values("change")}
    sums |= {net + tax for net, tax in ledger.table_sums() if tax > 0}
    known = [*ledger.values(*TOTALS, "amount"), *(value for value in sums if value in ledger.printed)]
    return [value for value in dict.fromkeys(known) if value > 0]


def _candidate(value: Decimal, ledger: Ledger) -> Candidate:
    claims = tuple(
        claim for claim in ledger.claims if claim.value == value and claim.role in (*TOTALS, "amount")
    )
    return Candidate(value, claims, proofs_of(value, ledger), alone=ledger.printed == {value})


def _score(candidate: Candidate, rivals: list[Candidate], ledger: Ledger) -> float:
    score = candidate.label + sum(_WEIGHT[proof.weight] for proof in candidate.proofs)
    for rival in rivals:
        if rival.value != candidate.value and _paid_instead(candidate.value, rival):
            score -= 1.0
        if rival.value == candidate.value or not rival.claims:
            continue
        parts = rival.parts()
        if parts and parts.tax and parts.net == candidate.value:
            score -= 0.5
        if rival.label >= 0.6 and _is_before(candidate, rival, ledger):
            score -= 0.6
        if _differ_by(rival.value, candidate.value, ledger.values("paid")) and rival.label >= 0.7:
            score -= 0.6
        if rival.label >= 0.6 and _rounds_to(candidate.value, rival.value, ledger.values("rounding")):
            score -= 1.0
    return score


def _is_before(candidate: Candidate, rival: Candidate, ledger: Ledger) -> bool:
    """Whether *candidate* is only the sum of the lines: charges and discounts lead from it down the page to the *rival*."""
    above = candidate.claims and rival.claims[-1].row.index > candidate.claims[0].row.index
    if not above or ledger.is_net_and_tax(candidate.value):
        return False
    turns = [turn for turn in adjustments_of(ledger) if abs(turn) >= 1 or (turn and rival.strong)]
    return any(candidate.value + turn == rival.value for turn in turns)


def _paid_instead(value: Decimal, rival: Candidate) -> bool:
    """Whether what was handed over less the change shows that *value* was rounded to the rival's coin."""
    paid = any(proof.kind == "paid and change" and proof.weight == "strong" for proof in rival.proofs)
    return paid and abs(rival.value - value) < _COIN and rival.value % _COIN == 0 != value % _COIN


def _rounds_to(value: Decimal, rounded: Decimal, roundings: tuple[Decimal, ...]) -> bool:
    """Whether *rounded* is *value* after a printed rounding to a coin of five; the sign of the rounding may be lost."""
    by = abs(rounded - value)
    return 0 < by < 1 and by in map(abs, roundings) and rounded % _COIN == 0 != value % _COIN


def _differ_by(more: Decimal, less: Decimal, by: tuple[Decimal, ...]) -> bool:
    return any(abs(more - less) == abs(value) != 0 for value in by) and (more > less or abs(more - less) < 1)


def _facts(best: Candidate, ledger: Ledger, grid: Grid) -> Amounts:
    others = _other_totals(best, ledger)
    parts = best.parts()
    sure = _confidence(
        best,
        bool(others) or (not best.strong and len(best.proofs) < 2 and _is_overtopped(best, ledger, grid)),
    )
    if parts and abs(best.value - (parts.net or ZERO) - (parts.tax or ZERO)) >= 1:
        parts = replace(
            parts, net=None
        )  # charges or discounts come after this subtotal: the net is not printed
    net = parts.net if parts else _lone(ledger, "net", most=best.value)
    tax = parts.tax if parts else _lone(ledger, "tax", most=best.value / 3)
    within = next((proof for proof in best.proofs if proof.kind == "tax within"), None)
    if within and within.tax and not (parts and parts.tax):
        tax = within.tax
        net = net if net is not None and abs(net + tax - best.value) <= 2 * CENT else None
    sums = next(ledger.rated_sums(), None)
    if tax is None and sums and (net is not None or not best.strong):
        tax = sums[0]
    if sums and sums[1] > best.value + 2 * CENT and not (parts and parts.tax):
        sure = min(sure, 0.8)
    if best.value in ledger.values("net") and not any(value > 0 for value in ledger.values("tax")):
        net, tax = best.value, ZERO if ZERO in ledger.values("tax") else None
    if net == best.value and tax:
        net = None  # a subtotal with the tax inside: the net is not printed
    part_sure = sure if parts and parts.weight == "strong" else min(max(sure, 0.75), 0.85)
    return Amounts(
        net=_fact(net, ledger, ("net",), part_sure),
        tax=_fact(tax, ledger, ("tax",), part_sure),
        total=Fact[Decimal](value=best.value, evidence=_evidence(best, ledger, grid), confidence=sure),
        other_totals=others,
        claims=ledger.claims,
    )


def _lone(ledger: Ledger, role: str, *, most: Decimal) -> Decimal | None:
    """The one value well labelled as *role* that is not above *most*; None where there are several."""
    sure = [claim.value for claim in ledger.claims if claim.role == role and claim.strength >= 0.6]
    fitting = {value for value in sure if 0 <= value <= most}
    return fitting.pop() if len(fitting) == 1 else None


def _fact(value: Decimal | None, ledger: Ledger, roles: tuple[str, ...], sure: float) -> Fact[Decimal]:
    """The fact of *value*; its evidence is the row of the claim, or all tax rows it is the sum of."""
    if value is None:
        return Fact[Decimal]()
    claim = next((claim for claim in ledger.claims if claim.role in roles and claim.value == value), None)
    parts = [claim.row for claim in ledger.claims if claim.role in roles and claim.value]
    rows = [claim.row] if claim else [row.row for table in ledger.tables for row in table] or parts
    evidence = " | ".join(dict.fromkeys(row.evidence for row in rows))[:200] or None
    return Fact[Decimal](value=value, evidence=evidence, confidence=sure)


def _evidence(best: Candidate, ledger: Ledger, grid: Grid) -> str | None:
    """The row of the best claim, or the first row that prints the value; a credit note's title goes before it."""
    claims = sorted(best.claims, key=lambda claim: -claim.strength)
    rows = [claim.row for claim in claims] or [
        row
        for row in grid.filled
        if any(abs(number.value) == best.value for number in find_amounts(row.text))
    ]
    title = next((row.evidence for row in grid.filled[:25] if _is_credit_title(row.text)), None)
    shown = [title, rows[0].evidence if rows else None]
    return " | ".join(dict.fromkeys(text for text in shown if text))[:300] or None


def _is_credit_title(text: str) -> bool:
    return names_credit_note(text) and len(text.split()) <= 8


def _other_totals(best: Candidate, ledger: Ledger) -> tuple[Fact[Decimal], ...]:
    found: dict[Decimal, Claim] = {}
    for claim in ledger.claims:
        if (
            claim.role in TOTALS
            and claim.strength >= 0.7
            and claim.value != best.value
            and not _explained(claim, best, ledger)
        ):
            found.setdefault(claim.value, claim)
    return tuple(
        Fact[Decimal](value=value, evidence=claim.row.evidence, confidence=claim.strength)
        for value, claim in found.items()
    )


def _explained(claim: Claim, best: Candidate, ledger: Ledger) -> bool:
    """Whether the page says why *claim* differs: it is net, tax, before rounding, after a payment, or nothing is left to pay."""
    parts = best.parts()
    known = {ZERO, *(value for proof in best.proofs for value in (proof.net, proof.tax) if value is not None)}
    if claim.value in known or (parts and claim.value in (parts.net, parts.tax)):
        return True
    by = (*ledger.values("paid"), *ledger.values("rounding"))
    if claim.role == "due" and _differ_by(claim.value, best.value, ledger.values("previous")):
        return True
    if claim.row.index < _last_row(best) and not ledger.is_net_and_tax(claim.value):
        ends = (best.value, *ledger.values("net"))
        if any(claim.value + turn in ends for turn in adjustments_of(ledger) if turn):
            return True
    left = claim.role == "due" and claim.value < best.value and best.value - claim.value in ledger.printed
    return left or _differ_by(best.value, claim.value, by) or _settles(best.value, claim.value, ledger)


def _last_row(best: Candidate) -> int:
    return max((claim.row.index for claim in best.claims), default=0)


def _settles(total: Decimal, due: Decimal, ledger: Ledger) -> bool:
    return abs(total - due) == sum(map(abs, ledger.values("paid")), ZERO) != 0


def _is_overtopped(best: Candidate, ledger: Ledger, grid: Grid) -> bool:
    """Whether a larger amount stands under the total and no label says that it is something else, like cash or points."""
    first = min((claim.row.index for claim in best.claims), default=0)
    named = {
        claim.row.index for claim in ledger.claims if claim.role in ("paid", "change", "previous", "other")
    }
    below = (row for row in grid.filled if row.index > first and row.index not in named)
    return any(
        abs(number.value) > best.value
        for row in below
        for number in find_amounts(row.text)
        if number.is_money
    )


def _confidence(best: Candidate, rivals: bool) -> float:
    """0.98 with two sums, 0.95 with one, 0.9 printed twice, 0.8 on one label's word, 0.7 with a rival.

    A paper that prints no other amount gives 0.85: there is nothing to mistake the total for.
    """
    if best.strong >= 2 and best.label >= 0.3:
        sure = 0.98
    elif best.strong:
        sure = 0.95 if best.label >= 0.6 else 0.9 if best.strong > 1 else 0.75
    elif best.proofs:
        sure = 0.9 if best.label >= 0.6 else 0.6
    else:
        sure = 0.85 if best.alone else 0.8 if best.label >= 0.9 else 0.75 if best.label >= 0.75 else 0.5
    return min(sure, 0.7) if rivals and best.strong < 2 else sure
