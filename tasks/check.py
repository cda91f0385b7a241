"""Turn the facts of an invoice into doubts: pure rules, one function each. No doubt means it may be posted unasked."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from blocks.base import clock
from blocks.durable import stage
from tasks.offline.labels import names_credit_note
from tasks.offline.numbers import find_amounts
from tasks.schemas.check_rules import CheckRules
from tasks.schemas.doubt import Doubt, Field
from tasks.schemas.invoice import Fact, Invoice

Rule = Callable[[Invoice, CheckRules, date], Iterator[Doubt]]


@stage(version=1)
def check_invoice(invoice: Invoice, rules: CheckRules) -> tuple[Doubt, ...]:
    """Every reason why a person should look at *invoice* before it is posted.

    The day of the first check counts for the plausibility of the date: a recorded check is not made anew tomorrow.
    Duplicates are found where they are posted, in the books' own transaction (tasks.post). Costs about a millisecond.
    """
    return find_doubts(invoice, rules, today=clock.today())


def find_doubts(invoice: Invoice, rules: CheckRules, *, today: date) -> tuple[Doubt, ...]:
    """Every reason why a person should look at *invoice* before it is posted, in the order of the rules. Costs nothing."""
    return tuple(doubt for rule in RULES for doubt in rule(invoice, rules, today))


def facts_are_there(invoice: Invoice, rules: CheckRules, today: date) -> Iterator[Doubt]:
    """Vendor, date, currency and total are always needed; the number only above the line for small amounts."""
    for field in _NEEDED:
        if getattr(invoice, field).value is None:
            yield Doubt(rule="missing", field=field, reason=f"No {NAMES[field]} was found.")
    total = invoice.total.value
    if invoice.invoice_number.value is None and (total is None or abs(total) > rules.number_needed_above):
        reason = f"No invoice number was found; papers above {_money(rules.number_needed_above)} need one."
        yield Doubt(rule="missing", field="invoice_number", reason=reason)


def total_is_one(invoice: Invoice, rules: CheckRules, today: date) -> Iterator[Doubt]:
    """No other amount that is labelled as the total differs from it."""
    for other in invoice.other_totals:
        if other.value is not None and other.value != invoice.total.value:
            shown = "not there" if invoice.total.value is None else _money(invoice.total.value)
            reason = f"The total is {shown}, but {_money(other.value)} is labelled as the total too."
            yield Doubt(rule="two totals", field="total", reason=reason)


def net_and_tax_make_total(invoice: Invoice, rules: CheckRules, today: date) -> Iterator[Doubt]:
    """Net + tax = total, within the tolerance and the rounding of cash."""
    net, tax, total = invoice.net.value, invoice.tax.value, invoice.total.value
    if net is None or tax is None or total is None or abs(net + tax - total) <= _slack(invoice, rules):
        return
    reason = f"The net amount {_money(net)} and the tax {_money(tax)} make {_money(net + tax)}, not {_money(total)}."
    yield Doubt(rule="net and tax", field="total", reason=reason)


def lines_make_total(invoice: Invoice, rules: CheckRules, today: date) -> Iterator[Doubt]:
    """Lines, charges and discounts add up to the net, or with tax inside to the total; half a cent a line is rounding."""
    lines = (*invoice.line_items, *invoice.adjustments)
    amounts = [line.amount for line in lines if line.amount is not None]
    if not invoice.line_items or len(amounts) != len(lines):
        return
    made, slack = sum(amounts, Decimal(0)), _slack(invoice, rules) + Decimal("0.005") * len(amounts)
    ends = [end for end in _ends_of_lines(invoice) if end is not None]
    if ends and all(abs(made - end) > slack for end in ends):
        expected = " or ".join(map(_money, dict.fromkeys(ends)))
        reason = f"The lines make {_money(made)}, not {expected}."
        yield Doubt(rule="lines and total", field="line_items", reason=reason)


def date_is_plausible(invoice: Invoice, rules: CheckRules, today: date) -> Iterator[Doubt]:
    """Not before the earliest date, not after today and a little."""
    value = invoice.date.value
    if value is not None and value < rules.earliest:
        yield Doubt(rule="date", field="date", reason=f"The date {value} is before {rules.earliest}.")
    if value is not None and value > today + timedelta(days=rules.days_ahead):
        yield Doubt(rule="date", field="date", reason=f"The date {value} is in the future.")


def currency_is_known(invoice: Invoice, rules: CheckRules, today: date) -> Iterator[Doubt]:
    """The currency is one of the known codes."""
    code = invoice.currency.value
    if code is not None and code not in rules.currencies:
        yield Doubt(rule="currency", field="currency", reason=f"The currency {code} is not known.")


def amounts_are_positive(invoice: Invoice, rules: CheckRules, today: date) -> Iterator[Doubt]:
    """The total is above zero, net and tax are not below it, and the tax is a possible part of the net."""
    net, tax, total = invoice.net.value, invoice.tax.value, invoice.total.value
    if total is not None and total <= 0:
        yield Doubt(rule="negative", field="total", reason=f"The total {_money(total)} is not above zero.")
    if net is not None and net < 0:
        yield Doubt(rule="negative", field="net", reason=f"The net amount {_money(net)} is below zero.")
    if tax is not None and tax < 0:
        yield Doubt(rule="negative", field="tax", reason=f"The tax {_money(tax)} is below zero.")
    if net is not None and tax is not None and tax > net * rules.highest_tax >= 0:
        yield Doubt(
            rule="tax rate",
            field="tax",
            reason=f"The tax {_money(tax)} is too much for the net amount {_money(net)}.",
        )


def is_no_credit_note(invoice: Invoice, rules: CheckRules, today: date) -> Iterator[Doubt]:
    """A credit note is booked the other way round; it shows in the evidence of the number or of the total."""
    for fact in (invoice.total, invoice.invoice_number):
        if fact.evidence and (names_credit_note(fact.evidence) or _prints_minus(fact)):
            yield Doubt(rule="credit note", field="document", reason="This looks like a credit note.")
            return


def facts_are_sure(invoice: Invoice, rules: CheckRules, today: date) -> Iterator[Doubt]:
    """Every fact that was found is as sure as the rules ask. Facts equally unsure make one doubt, on the last of them."""
    unsure: dict[float, list[Field]] = {}
    for field, least in _LINES:
        fact = getattr(invoice, field)
        if fact.value is not None and fact.confidence < getattr(rules, least):
            unsure.setdefault(fact.confidence, []).append(field)
    for confidence, fields in unsure.items():
        told = [f"the {NAMES[field]} {_shown(getattr(invoice, field).value)}" for field in fields]
        what, verb = " and ".join(filter(None, (", ".join(told[:-1]), told[-1]))), "are" if told[1:] else "is"
        reason = f"{what[0].upper()}{what[1:]} {verb} not certain ({confidence:.2f})."
        yield Doubt(rule="unsure", field=fields[-1], reason=reason)


def _shown(value: object) -> str:
    return _money(value) if isinstance(value, Decimal) else str(value)


def _money(amount: Decimal) -> str:
    """*amount* for a person: two decimals, no thousands mark.

    >>> _money(Decimal("2143.8"))
    '2143.80'
    """
    return f"{amount:.2f}"


def _slack(invoice: Invoice, rules: CheckRules) -> Decimal:
    coin = dict(rules.cash_rounding).get(invoice.currency.value or "", Decimal(0))
    return rules.tolerance + coin / 2


def _ends_of_lines(invoice: Invoice) -> tuple[Decimal | None, ...]:
    net, tax, total = invoice.net.value, invoice.tax.value, invoice.total.value
    return net, total, total - tax if total is not None and tax is not None else None


def _prints_minus(fact: Fact[Decimal] | Fact[str]) -> bool:
    """Whether a positive amount is printed with a minus in its evidence."""
    if not isinstance(fact.value, Decimal) or fact.evidence is None:
        return False
    return any(number.value == -fact.value for number in find_amounts(fact.evidence)) and fact.value > 0


NAMES: dict[Field, str] = {
    "vendor": "vendor",
    "invoice_number": "invoice number",
    "date": "date",
    "currency": "currency",
    "net": "net amount",
    "tax": "tax",
    "total": "total",
    "line_items": "lines",
    "document": "document",
}
"""What a person calls each field."""

_NEEDED: tuple[Field, ...] = ("vendor", "date", "currency", "total")
_LINES: tuple[tuple[Field, str], ...] = (
    ("vendor", "sure_fact"),
    ("invoice_number", "sure_fact"),
    ("date", "sure_fact"),
    ("currency", "sure_fact"),
    ("net", "sure_money"),
    ("tax", "sure_money"),
    ("total", "sure_money"),
)

RULES: tuple[Rule, ...] = (
    facts_are_there,
    total_is_one,
    net_and_tax_make_total,
    lines_make_total,
    date_is_plausible,
    currency_is_known,
    amounts_are_positive,
    is_no_credit_note,
    facts_are_sure,
)
"""The rules in the order their doubts are told."""
