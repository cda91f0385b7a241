"""The chart of accounts: what lines can be booked to, and the words that lead there.

The accounts themselves are data: `chart_of_accounts.toml` beside this module. Another chart with the same
form can be read with `read_chart`.
"""

import re
import tomllib
from collections import Counter
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from blocks.base.canonical import canonical_bytes, digest_of
from tasks.schemas.frozen import Frozen

DEFAULT_CHART = Path(__file__).with_suffix(".toml")

_KEYWORD = re.compile(r"\*?[a-z0-9]+(?: [a-z0-9]+)*\*?")


class Keywords(Frozen):
    """Words by language: lower case, no accents, `*` at an end for any letters, spaces in a phrase."""

    de: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    fr: tuple[str, ...] = ()
    nl: tuple[str, ...] = ()
    pl: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """The words of every language; a word of two languages comes twice."""
        return self.de + self.en + self.fr + self.nl + self.pl

    @field_validator("*")
    @classmethod
    def _well_formed(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(words)


class Account(Frozen):
    """One account. Its code is unique in the chart."""

    code: str = Field(min_length=1)
    name: str = Field(min_length=1)
    unassigned: bool = Field(default=False, description="where lines go that no rule places")
    keywords: Keywords = Keywords()
    weak: tuple[str, ...] = Field(
        default=(), description="words of any language, used where no keyword is found"
    )

    @field_validator("weak")
    @classmethod
    def _well_formed(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(words)


class ChartOfAccounts(Frozen):
    """All accounts, in the order they are listed. Exactly one of them is the unassigned one."""

    accounts: tuple[Account, ...]

    @property
    def unassigned(self) -> Account:
        """The account of what no rule places."""
        return next(account for account in self.accounts if account.unassigned)

    @cached_property
    def identity(self) -> str:
        """Stands for the whole chart in stage keys: another word in it is another answer."""
        return f"chart {digest_of(canonical_bytes(self))}"

    def account(self, code: str) -> Account:
        """The account with *code*. KeyError where the chart has none."""
        for account in self.accounts:
            if account.code == code:
                return account
        raise KeyError(f"no account {code!r} in the chart")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        twice = [code for code, times in Counter(a.code for a in self.accounts).items() if times > 1]
        if twice:
            raise ValueError(f"account codes stand twice: {', '.join(twice)}")
        if sum(account.unassigned for account in self.accounts) != 1:
            raise ValueError("exactly one account must be marked unassigned")
        return self


def read_chart(path: Path) -> ChartOfAccounts:
    """The chart in the TOML file *path*.

    Raises OSError, tomllib.TOMLDecodeError or pydantic.ValidationError where there is none or it is unfit.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return ChartOfAccounts.model_validate({"accounts": tables.get("account", ())})


@lru_cache(maxsize=1)
def default_chart() -> ChartOfAccounts:
    """The chart that comes with the project. Read once in a process, about 10 ms."""
    return read_chart(DEFAULT_CHART)


def _checked(words: tuple[str, ...]) -> tuple[str, ...]:
    unfit = [word for word in words if not _KEYWORD.fullmatch(word)]
    if unfit:
        raise ValueError(f"keywords are lower-case words without accents, `*` only at an end: {unfit}")
    return words
