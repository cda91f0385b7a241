"""Categorize: each line of an invoice gets an account of the chart."""

from itertools import zip_longest

from blocks.durable import GIVEN, stage
from blocks.providers.language_model import LanguageModel
from tasks.offline.categories import categorize_lines
from tasks.prompts import Prompt, prompt
from tasks.schemas.categorized import CategorizedInvoice, CategorizedLine, Category
from tasks.schemas.category_choice import CategoryChoice, CategoryChoices
from tasks.schemas.chart_of_accounts import ChartOfAccounts, default_chart
from tasks.schemas.invoice import Invoice

CATEGORIZE_INVOICE = prompt("categorize_invoice")
CHART = default_chart()


@stage(version=1)
def categorize_invoice(
    invoice: Invoice,
    *,
    model: LanguageModel = GIVEN,
    chart: ChartOfAccounts = CHART,
    instructions: Prompt = CATEGORIZE_INVOICE,
) -> CategorizedInvoice:
    """*invoice* with an account per line and one for the whole; what fits no account is unassigned.

    Costs one request to the profile's language model; nothing with the offline reader, which goes by the words of the chart.
    """
    if model.is_offline:
        return categorize_lines(invoice, chart)
    reply = model.facts(
        _question(invoice, chart), instructions=instructions.text, kind=CategoryChoices, by_rules=_never
    )
    return chosen(invoice, reply.facts, chart)


def chosen(invoice: Invoice, choices: CategoryChoices, chart: ChartOfAccounts) -> CategorizedInvoice:
    """*invoice* with the accounts a model chose; a missing choice or an unknown code is unassigned."""
    pairs = zip_longest(invoice.line_items, choices.lines[: len(invoice.line_items)])
    lines = tuple(CategorizedLine(line=line, category=_category(choice, chart)) for line, choice in pairs)
    return CategorizedInvoice(invoice=invoice, lines=lines, main=_category(choices.main, chart))


def _category(choice: CategoryChoice | None, chart: ChartOfAccounts) -> Category:
    account = next((entry for entry in chart.accounts if choice and entry.code == choice.code), None)
    if choice is None or account is None or account.unassigned:
        nothing, reason = chart.unassigned, choice.reason if choice else "the model named no account"
        return Category(code=nothing.code, name=nothing.name, reason=reason, confidence=0.0, assigned=False)
    return Category(
        code=account.code,
        name=account.name,
        reason=choice.reason,
        confidence=choice.confidence,
        assigned=True,
    )


def _question(invoice: Invoice, chart: ChartOfAccounts) -> str:
    accounts = [f"{account.code} {account.name}" for account in chart.accounts]
    lines = [f"{line.description} | {line.amount or ''}" for line in invoice.line_items]
    return "\n".join(
        ["Chart:", *accounts, "", f"Vendor: {invoice.vendor.value or 'unknown'}", "Lines:", *lines]
    )


def _never(document: str) -> CategoryChoices:
    raise AssertionError("the offline reader is asked directly")
