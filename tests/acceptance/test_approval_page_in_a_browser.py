"""The approval page in a real browser: as a person works with it, and as an attacker would like it to be."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from blocks.durable import approvals
from blocks.durable.approvals import Approval
from blocks.durable.world import World
from deployments.samples.collection import HARROW_INVOICE
from deployments.samples.layouts import make_invoice
from tasks.schemas.document import Document
from tests.worlds.approval_page import BILL, PASSWORD, PROPOSED, Bill, Question, Read, bill
from tests.worlds.browser import Watched

Window = Callable[..., Watched]
CONFLICT = re.compile(r"status of (409|422)")


@pytest.fixture
def enter(page: str, window: Window) -> Window:
    """Open a window and sign in."""

    def entered(name: str = "ann", *, at: Approval | None = None, **look: bool) -> Watched:
        watched = window(**look)
        watched.page.goto(f"{page}/approvals/{at.approval_id}" if at else page)
        watched.page.fill("#name", name)
        watched.page.fill("#password", PASSWORD)
        watched.page.press("#password", "Enter")
        expect(watched.page.get_by_role("button", name="Sign out")).to_be_visible()
        return watched

    return entered


def with_document(world: World, **given: object) -> Bill:
    """What is shown, with an invoice of ours."""
    pdf = make_invoice(HARROW_INVOICE)
    digest = world.artifacts.put(pdf, "application/pdf")
    paper = Document(digest=digest, media_type="application/pdf", size_bytes=len(pdf), pages=1)
    return BILL.model_copy(update={"document": paper, **given})


def test_a_person_finds_a_request_and_approves_it(enter: Window, laptop: World):
    one = bill(with_document(laptop))
    other = bill(title="The next one", subject="next.pdf")
    ann = enter()
    ann.page.get_by_role("link", name=one.title).click()
    picture = ann.page.locator(".papers img")
    expect(picture).to_be_visible()
    ann.settle()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 500
    expect(ann.page.get_by_text("The lines do not add up.")).to_be_visible()
    ann.shoot("request-wide")
    ann.page.get_by_role("button", name="Approve").click()
    expect(ann.page.locator(".tag.approved").first).to_be_visible()
    assert approvals.find_approval(one.approval_id).answer == PROPOSED
    ann.shoot("approved")
    ann.page.keyboard.press("Enter")  # the way to the next request has the focus
    expect(ann.page.locator("h1")).to_have_text(other.title)


def test_a_person_edits_a_field_and_the_lines_then_approves(enter: Window):
    one = bill()
    ann = enter(at=one)
    ann.page.get_by_label("Total").fill("1250.75")
    ann.page.get_by_label("Account").select_option("Travel")
    ann.page.get_by_label("Urgent").uncheck()
    ann.page.get_by_role("button", name="Add a row to Lines").click()
    ann.page.get_by_label("Description, row 3").fill("Ink")
    ann.page.get_by_label("Amount, row 3").fill("50.75")
    ann.page.get_by_role("button", name="Remove row 1").click()
    expect(ann.page.get_by_label("Description, row 2")).to_have_value("Ink")
    expect(ann.page.get_by_label("Total")).to_have_value("1250.75")
    ann.page.get_by_role("button", name="Approve").click()
    expect(ann.page.locator(".tag.approved").first).to_be_visible()
    lines = [{"description": "Pens", "amount": "200.00"}, {"description": "Ink", "amount": "50.75"}]
    changed = {"total": "1250.75", "account": "Travel", "urgent": False, "lines": lines}
    assert approvals.find_approval(one.approval_id).answer == {**PROPOSED, **changed}


def test_a_wrong_value_is_told_on_its_field_and_what_was_typed_is_kept(enter: Window):
    one = bill()
    ann = enter(at=one)
    ann.page.get_by_label("Total").fill("much")
    ann.page.get_by_label("Remark").fill("see page 2")
    ann.page.get_by_role("button", name="Approve").click()
    expect(ann.page.get_by_label("Total")).to_have_attribute("aria-invalid", "true")
    expect(ann.page.get_by_label("Total")).to_be_focused()
    expect(ann.page.get_by_label("Remark")).to_have_value("see page 2")
    ann.shoot("fault")
    assert approvals.find_approval(one.approval_id).status == "waiting"
    ann.page.get_by_label("Total").fill("12.00")
    ann.page.get_by_role("button", name="Approve").click()
    expect(ann.page.locator(".tag.approved").first).to_be_visible()
    forget(ann, CONFLICT)


def test_a_rejection_asks_for_a_reason(enter: Window):
    one = bill()
    ann = enter(at=one)
    ann.page.get_by_role("button", name="Reject").click()
    expect(ann.page.get_by_label("Reason")).to_be_focused()
    ann.page.get_by_label("Reason").fill("Not ours.")
    ann.page.get_by_role("button", name="Reject").click()
    expect(ann.page.get_by_text("Not ours.")).to_be_visible()
    decided = approvals.find_approval(one.approval_id)
    assert (decided.status, decided.reason, decided.decided_by) == ("rejected", "Not ours.", "ann")
    forget(ann, CONFLICT)


def test_of_two_tabs_one_decides_and_the_other_sees_it(enter: Window):
    one = bill()
    ann, ben = enter("ann", at=one), enter("ben", at=one)
    ben.page.get_by_label("Reason").fill("Not ours.")
    ann.page.get_by_role("button", name="Approve").click()
    ben.page.get_by_role("button", name="Reject").click()
    expect(ben.page.get_by_role("alert")).to_contain_text("was not taken")
    expect(ben.page.locator("main")).to_contain_text("by ann")
    ben.shoot("too-late")
    assert approvals.find_approval(one.approval_id).decided_by == "ann"
    forget(ben, CONFLICT)


def test_what_changed_under_the_eyes_is_refused_and_shown(enter: Window):
    one = bill()
    ann = enter(at=one)
    bill(total="9999.00")
    ann.page.get_by_role("button", name="Approve").click()
    expect(ann.page.locator("h1")).to_contain_text("changed")
    ann.page.get_by_role("link", name="See the newer request").click()
    expect(ann.page.locator("ins").first).to_have_text("9999.00")
    expect(ann.page.get_by_label("Total")).to_have_value("9999.00")
    ann.shoot("changed")
    assert len(approvals.list_approvals(status="approved", limit=2000)) == 0
    forget(ann, CONFLICT)


def test_scripts_in_every_field_never_run(enter: Window, laptop: World):
    payload = (
        "\"'></textarea></script><script>alert(1)</script><img src=x onerror=alert(2)>"
        "<svg onload=alert(3)><a href=javascript:alert(4)>{{7*7}}<div hx-get=/ hx-trigger=load hx-on:click=alert(5)>"
    )
    shown = with_document(
        laptop,
        doubts=(Question(field="total", reason=payload), Question(field=payload, reason=payload)),
        facts={
            "vendor": Read(value=payload, evidence=payload, confidence=0.5),
            payload: BILL.facts["vendor"],
        },
        remark=payload,
    )
    one = bill(
        shown,
        title=payload,
        subject=payload,
        vendor=payload,
        remark=f"{payload}\n{payload}",
        account=payload,
        lines=[{"description": payload, "amount": payload}],
    )
    ann = enter()
    for path in ("/", f"/approvals/{one.approval_id}", "/decided"):
        ann.page.goto(ann.page.url.split("/approvals")[0].split("/decided")[0].rstrip("/") + path)
        ann.page.wait_for_load_state("networkidle")
        if path == "/":
            ann.shoot("scripts-list")
    approvals.decide(one.approval_id, verdict="rejected", by="ben", via="command", reason=payload)
    ann.page.reload()
    ann.page.get_by_role("link", name=payload).click()
    ann.page.wait_for_load_state("networkidle")
    expect(ann.page.locator("h1")).to_contain_text("<script>alert(1)</script>")
    assert ann.page.locator("main script, main svg, main [onerror], main [onload]").count() == 0


def test_the_policy_of_the_page_stops_a_script_that_got_in(enter: Window):
    """The second wall: markup that stands in the page all the same is not run, and the browser says so."""
    ann = enter()
    ann.page.evaluate(
        "() => { const place = document.querySelector('main');"
        ' place.innerHTML = \'<img src=x onerror="alert(1)"><p style="color: red">x</p>\'; }'
    )
    expect(ann.page.locator("main p")).to_be_visible()
    ann.page.wait_for_load_state("networkidle")
    stopped = [line for line in ann.errors if "Content Security Policy" in line]
    assert len(stopped) >= 2
    forget(ann, re.compile("Content Security Policy|Failed to load"))


def test_the_keyboard_is_enough(page: str, window: Window):
    first, second = bill(title="The first", subject="1.pdf"), bill(title="The second", subject="2.pdf")
    ann = window()
    ann.page.goto(page)
    keys = ann.page.keyboard
    keys.type("ann")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(ann.page.get_by_role("link", name="The first")).to_be_visible()
    for key in ("j", "j", "k", "j"):
        keys.press(key)
    expect(ann.page.get_by_role("link", name="The second")).to_be_focused()
    ann.shoot("keyboard-list")
    keys.press("Enter")
    expect(ann.page.locator("h1")).to_have_text("The second")
    keys.press("n")
    expect(ann.page.get_by_label("Total")).to_be_focused()
    keys.press("Control+A")
    keys.type("77.00")
    keys.press("Enter")  # checks, never decides
    expect(ann.page.get_by_text("can be approved as it stands")).to_be_visible()
    assert approvals.find_approval(second.approval_id).status == "waiting"
    reached = tab_to(ann, "Approve")
    assert reached.index("Reason") < reached.index("Reject") < reached.index("Approve")
    outline = ann.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    keys.press("Enter")
    expect(ann.page.locator(".tag.approved").first).to_be_visible()
    assert (approvals.find_approval(second.approval_id).answer or {})["total"] == "77.00"
    assert approvals.find_approval(first.approval_id).status == "waiting"


def test_everything_works_without_javascript(enter: Window):
    one = bill()
    ann = enter(at=one, scripts=False)
    ann.page.get_by_role("button", name="Remove row 2").click()
    expect(ann.page.get_by_label("Description, row 2")).to_have_count(0)
    ann.page.get_by_label("Total").fill("1000.00")
    ann.page.get_by_role("button", name="Approve").click()
    expect(ann.page.locator(".tag.approved").first).to_be_visible()
    answer = approvals.find_approval(one.approval_id).answer or {}
    assert (answer["total"], len(answer["lines"])) == ("1000.00", 1)


def test_several_are_ticked_and_approved_after_a_second_look(enter: Window):
    ones = [bill(title=f"Bill {number}", subject=f"{number}.pdf") for number in range(3)]
    ann = enter()
    ann.page.get_by_label("Select Bill 0").check()
    ann.page.get_by_label("Select Bill 2").check()
    ann.page.get_by_role("button", name="Approve selected").click()
    ann.shoot("many")
    assert len(approvals.list_approvals(status="waiting", limit=2000)) == 3
    ann.page.get_by_role("button", name="Approve 2").click()
    expect(ann.page.locator("h1")).to_have_text("2 approved")
    found = [approvals.find_approval(one.approval_id).status for one in ones]
    assert found == ["approved", "waiting", "approved"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_the_page_fits_its_screen(enter: Window, laptop: World, narrow: bool, dark: bool):
    name = f"{'narrow' if narrow else 'wide'}-{'dark' if dark else 'light'}"
    one = bill(
        with_document(laptop), title="Harrow & Pike Ltd HP-88213, which has a rather long title, GBP 1169.04"
    )
    for number in range(6):
        bill(title=f"Harrow & Pike HP-{number}", subject=f"harrow-{number}.pdf")
    ann = enter(narrow=narrow, dark=dark)
    ann.shoot(f"list-{name}")
    assert fits(ann)
    ann.page.get_by_role("link", name=one.title).click()
    ann.shoot(f"request-{name}")
    ann.shoot(f"request-{name}-whole", whole=True)
    assert fits(ann)
    ground = ann.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    shade = sum(int(part) for part in re.findall(r"\d+", ground)[:3])
    assert (shade < 200) == dark
    pane, form = (ann.page.locator(part).bounding_box() or {} for part in (".papers", "#answer"))
    assert (form["x"] > pane["x"] + pane["width"] - 1) != narrow


def fits(watched: Watched) -> bool:
    """Does nothing stick out to the side?"""
    return watched.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def tab_to(watched: Watched, name: str) -> list[str]:
    """Press Tab until the button *name* has the focus; what had it on the way."""
    read = (
        "() => { const at = document.activeElement;"
        " return at.labels && at.labels[0] ? at.labels[0].firstChild.textContent.trim() : at.textContent.trim(); }"
    )
    reached: list[str] = []
    while name not in reached:
        watched.page.keyboard.press("Tab")
        reached.append(watched.page.evaluate(read))
        assert len(reached) < 60, reached
    return reached


def forget(watched: Watched, expected: re.Pattern[str]) -> None:
    """The browser notes each answer that is no success: those that the test is about are expected."""
    watched.errors[:] = [line for line in watched.errors if not expected.search(line)]
