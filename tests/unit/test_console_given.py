"""Parameters of a flow, given on the command line."""

from typing import Any

import pytest

from deployments.console.catalog import FlowEntry
from deployments.console.given import BadSetting, checked, settings_given
from flows.process_invoices import process_invoices

ENTRY = FlowEntry("process_invoices", "Process invoices.", ("files", "settings"))


def given(*settings: str) -> dict[str, Any]:
    """What the flow is given."""
    return settings_given(ENTRY, settings)


def test_a_path_becomes_a_part_of_a_parameter_and_numbers_keep_their_digits():
    made = given("settings.ask_above.EUR=1000.50", "settings.ask_above.USD=7", "settings.limits.max_pages=3")
    assert made == {"settings": {"ask_above": {"EUR": "1000.50", "USD": 7}, "limits": {"max_pages": 3}}}


def test_what_is_no_json_is_text():
    assert given("settings.approvers.names=[") == {"settings": {"approvers": {"names": "["}}}
    assert given('settings.approvers.names=["ann"]') == {"settings": {"approvers": {"names": ["ann"]}}}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (("settings",), "no NAME=VALUE"),
        (("settings..a=1",), "no NAME=VALUE"),
        (("files=a.pdf",), "has settings"),
        (("limit=1",), "has settings"),
        (("settings.a=1", "settings.a.b=2"), "Another setting"),
    ],
)
def test_what_cannot_be_set_is_refused(settings: tuple[str, ...], why: str):
    with pytest.raises(BadSetting, match=why):
        given(*settings)


def test_a_value_that_does_not_fit_is_refused_before_anything_runs():
    fitting = {"files": ["a.pdf"], **given("settings.ask_above.EUR=1000.50")}
    assert checked(process_invoices, fitting) == fitting
    with pytest.raises(BadSetting, match=r"max_pages"):
        checked(process_invoices, {"files": ["a.pdf"], **given("settings.limits.max_pages=none")})
