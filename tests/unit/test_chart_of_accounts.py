"""The chart of accounts is data: it is checked when it is read, and the one that comes with the project is sound."""

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from tasks.schemas.chart_of_accounts import DEFAULT_CHART, ChartOfAccounts, default_chart, read_chart

LANGUAGES = ("de", "en", "fr", "nl", "pl")


def written(folder: Path, text: str) -> Path:
    file = folder / "chart.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_chart_of_the_project_has_thirty_to_forty_accounts_in_order_of_their_codes() -> None:
    codes = [account.code for account in default_chart().accounts]
    assert 30 <= len(codes) <= 40
    assert codes == sorted(codes)


def test_every_account_but_the_unassigned_one_has_words_in_every_language() -> None:
    for account in default_chart().accounts:
        words = [getattr(account.keywords, language) for language in LANGUAGES]
        assert all(words) is not account.unassigned, account.name


def test_no_keyword_stands_in_two_accounts_of_one_language() -> None:
    for language in LANGUAGES:
        seen: dict[str, str] = {}
        for account in default_chart().accounts:
            for word in getattr(account.keywords, language):
                assert seen.setdefault(word, account.name) == account.name, (language, word)


def test_the_chart_is_read_once_and_equals_its_file() -> None:
    assert default_chart() is default_chart()
    assert default_chart() == read_chart(DEFAULT_CHART)


def test_an_account_is_found_by_its_code() -> None:
    chart = default_chart()
    assert chart.account(chart.unassigned.code) == chart.unassigned
    with pytest.raises(KeyError, match="no account '77'"):
        chart.account("77")


def test_a_chart_of_ones_own_is_read_from_toml(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '[[account]]\ncode = "0"\nname = "Open"\nunassigned = true\n'
        '[[account]]\ncode = "1"\nname = "Tea"\n[account.keywords]\nen = ["tea", "green tea*"]\n',
    )
    assert [account.name for account in read_chart(file).accounts] == ["Open", "Tea"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "exactly one account"),
        ('[[account]]\ncode = "1"\nname = "A"\n', "exactly one account"),
        ('[[account]]\ncode = "1"\nname = "A"\nunassigned = true\n' * 2, "code.* twice: 1"),
        ('[[account]]\ncode = "1"\nname = "A"\nunassigned = true\nweak = ["Käse"]\n', "lower-case words"),
        ('[[account]]\ncode = "1"\nname = "A"\ncolour = "red"\n', "colour"),
    ],
)
def test_an_unfit_chart_is_refused_with_the_reason(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        read_chart(written(tmp_path, text))


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        read_chart(written(tmp_path, "[[account]"))


def test_a_chart_survives_json() -> None:
    chart = default_chart()
    assert ChartOfAccounts.model_validate_json(chart.model_dump_json()) == chart
