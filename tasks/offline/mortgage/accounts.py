"""Statements of a bank account: sums, period and rows."""

import re
from collections.abc import Iterator
from decimal import Decimal

from tasks.offline.grid import Cell, Grid, Row
from tasks.offline.mortgage import beside, days, people
from tasks.offline.numbers import Number, find_numbers
from tasks.schemas.invoice import Fact
from tasks.schemas.paper_facts import BankStatement, Entry

_ACCOUNT = re.compile(r"[\dxX*•-]{2,}\d{4}\b|\*+\d{3,4}\b")
_ACCOUNT_NAMED = re.compile(r"\b(?:account|acct|checking|savings|loan number)\b")
_OUT = re.compile(r"debits?|withdrawals?|paid out|money out|charges|payments?|checks")
_IN = re.compile(r"credits?|deposits?|paid in|money in|additions")
_DAY = re.compile(
    r"^\s*(\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}-\d{1,2}|\d{4}-\d\d-\d\d|\d{2}|[A-Z][a-z]{2,8} \d{1,2}|\d{1,2} [A-Z][a-z]{2})\b"
)
_NO_ENTRY = re.compile(
    r"\b(?:opening|closing|beginning|ending|previous|new|starting) balance|balance forward|\btotal\b"
)
_BANK = re.compile(
    r"\b(?:bank|banking|credit union|savings (?:bank|and loan)|fcu|federal savings)\b", re.IGNORECASE
)
_NO_BANK = re.compile(r"(?i)statement|account|deposit|without|member|online|digital|branch|\.")
_BEGINNING = (
    "(?:your )?beginning balance",
    "(?:your )?opening (?:account )?balance",
    "(?:your )?previous balance",
    "starting balance",
    "balance forward",
    "balance last statement",
)
_ENDING = (
    "(?:your )?ending balance",
    "(?:your )?closing (?:account )?balance",
    "(?:your )?new balance",
    "balance this statement",
    "current balance",
)
_DEPOSITS = (
    "total deposits",
    "deposits, credits and",
    "deposits and",
    "deposits/credits",
    "total credits",
    "total additions",
    "total money in",
    "credits",
    "deposits",
)
_WITHDRAWALS = (
    "total withdrawals",
    "withdrawals and",
    "withdrawals/debits",
    "total debits",
    "total money out",
    "debits",
    "withdrawals",
    "payments and other debits",
)
_SHARES = (
    r"checks\b",
    "other withdrawals",
    r"atm\b.{0,16} withdrawals",
    "electronic withdrawals",
    "service (?:charges|fees)",
    "fees",
)


def read_bank_statement(grid: Grid) -> BankStatement:
    """The facts of a statement; where only parts of the withdrawals are told, their sum."""
    start, end = days.period(grid, "statement period", "period", "for the period", "statement dates?", "for")
    return BankStatement(
        person=people.person(
            grid, r"account holder(?:s|\(s\))?", "account owner", "account name", "customer(?: name)?"
        ),
        bank=_bank(grid),
        account_end=account_end(grid),
        period_start=start,
        period_end=end if end.value else days.day(grid, "statement date", "as of"),
        beginning=beside.money(grid, *_BEGINNING),
        deposits=beside.money(grid, *_DEPOSITS),
        withdrawals=_withdrawals(grid),
        ending=beside.money(grid, *_ENDING),
        entries=tuple(_entries(grid)),
    )


def account_end(grid: Grid) -> Fact[str]:
    """The last four digits of the first account that a row names, behind its name."""
    for row in grid.filled:
        if named := _ACCOUNT_NAMED.search(row.plain):
            for match in _ACCOUNT.finditer(row.text, named.end()):
                digits = re.sub(r"\D", "", match[0])[-4:]
                return Fact[str](value=digits, evidence=row.evidence, confidence=0.9)
    return Fact[str]()


def _bank(grid: Grid) -> Fact[str]:
    for row in grid.filled[:14]:
        for cell in row.cells:
            words = cell.text.split()
            if _BANK.search(cell.text) and 2 <= len(words) <= 6 and not _NO_BANK.search(cell.text):
                return Fact[str](value=cell.text, evidence=row.evidence, confidence=0.8)
    return Fact[str]()


def _withdrawals(grid: Grid) -> Fact[Decimal]:
    """The total as printed, positive; else the sum of its parts as the summary lists them."""
    total = beside.money(grid, *_WITHDRAWALS)
    if total.value is not None:
        return total.model_copy(update={"value": abs(total.value)})
    parts = [
        part for label in _SHARES if (part := beside.money(grid, label)).value is not None and part.value < 0
    ]
    if not parts:
        return Fact[Decimal]()
    made = sum((abs(part.value) for part in parts if part.value is not None), Decimal(0))
    return Fact[Decimal](
        value=made, evidence=" + ".join(part.evidence or "" for part in parts)[:200], confidence=0.8
    )


def _entries(grid: Grid) -> Iterator[Entry]:
    """The rows under each head that names a column of money in or out."""
    for head in grid.filled:
        columns = _columns(head)
        if len(columns) < 2:
            continue
        for row in _until_next_head(grid, head):
            entry = _entry(row, columns)
            if entry is not None:
                yield entry


def _columns(head: Row) -> list[tuple[Cell, int]]:
    """The columns of a head with what stands in them: 1 money in, -1 money out, 0 a balance, 2 what has its sign."""
    if not re.search(r"\bdate\b", head.plain) or find_money(head.text):
        return []
    kinds = [(cell, _sign_of(cell.plain)) for cell in head.cells if len(cell.plain) <= 28]
    found = [(cell, sign) for cell, sign in kinds if sign is not None]
    signs = {sign for _, sign in found}
    is_told = signs >= {1, -1} or (2 in signs and re.search(r"\bdescription\b|\btransaction", head.plain))
    return found if is_told else []


def _sign_of(head: str) -> int | None:
    if _OUT.search(head):
        return -1
    if _IN.search(head):
        return 1
    if "amount" in head:
        return 2
    return 0 if "balance" in head else None


def _until_next_head(grid: Grid, head: Row) -> Iterator[Row]:
    for row in grid.filled:
        if row.index > head.index:
            if _columns(row):
                return
            yield row


def _entry(row: Row, columns: list[tuple[Cell, int]]) -> Entry | None:
    day = _DAY.match(row.text)
    if day is None or _NO_ENTRY.search(row.plain):
        return None
    for number in find_money(row.text):
        sign = min(columns, key=lambda column: _gap(column[0], number))[1]
        if sign:
            told = row.text[day.end() : number.start].strip()
            described = re.split(r"\s{2,}", told)[0][:120]
            amount = number.value if sign == 2 else sign * abs(number.value)
            return Entry(day=day[1], description=described, amount=amount)
    return None


def find_money(line: str) -> tuple[Number, ...]:
    """The numbers of *line* that are printed like money."""
    return tuple(
        number
        for number in find_numbers(line, ".")
        if number.is_money and abs(number.value) < beside.NO_AMOUNT
    )


def _gap(cell: Cell, number: Number) -> int:
    return abs(cell.end + cell.start - number.end - number.start)
