"""One request: look, edit, approve or reject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from blocks.artifacts.store import ArtifactMissing
from blocks.base.asking import Verdict
from blocks.durable import approvals
from blocks.durable.answering import faults_of
from blocks.durable.approvals import AnswerUnfit, Approval, NotWaiting
from blocks.providers.page_reader import UnreadableDocument
from deployments.approval_page import facts, going_on
from deployments.approval_page.facts import Shown
from deployments.approval_page.fields import sheet_of
from deployments.approval_page.painting import is_over, paint
from deployments.approval_page.pictures import Pictures
from deployments.approval_page.received import Form, Sent
from deployments.approval_page.shapes import Shape, shape_of
from deployments.approval_page.typed import ROWS, Texts, knows, rows_of, texts_of, values_of
from deployments.approval_page.visits import Approver, Visit
from deployments.approval_page.waiting import may_decide

_CHECKED = "Checked: the answer can be approved as it stands. Nothing was decided yet."
_TEXT_PAGES = 20
_ANSWER = "answer."
_VERDICTS = get_args(Verdict)


@dataclass(frozen=True)
class Opened:
    """A request with its form."""

    approval: Approval
    shape: Shape
    shown: Shown


@dataclass(frozen=True)
class Filling:
    """What stands in the form; *told*: what there is to say about it."""

    texts: Texts
    digest: str
    reason: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    told: str = ""


def routes(pictures: Pictures) -> APIRouter:
    """/approvals/..."""
    router = APIRouter(prefix="/approvals/{approval_id}")

    @router.get("")
    def look(request: Request, visit: Approver, approval_id: str) -> Response:
        opened = _opened(approval_id)
        proposed = texts_of(opened.shape, opened.approval.proposed)
        return _page(request, visit, pictures, opened, Filling(proposed, opened.approval.digest))

    @router.get("/standing")
    def standing(request: Request, visit: Approver, approval_id: str) -> Response:
        return paint(request, visit, "standing.html", approval=_found(approval_id))

    @router.get("/pages/{number}.png")
    def picture(visit: Approver, approval_id: str, number: int) -> Response:
        for paper in facts.papers_of(_found(approval_id).shown):
            if number in paper.numbers and paper.media_type != "text/plain":
                return _drawn(pictures, paper, number - paper.first + 1)
        raise HTTPException(404, "There is no such page.")

    @router.post("")
    def act(request: Request, visit: Approver, approval_id: str, form: Sent) -> Response:
        visit.check(form)
        opened = _opened(approval_id)
        if form.first("verdict"):
            result = _decided(visit, opened, form)
        elif form.first("act").startswith(("add:", "drop:")):
            result = _filling(form, texts=_with_rows(opened, form.below(_ANSWER), form.first("act")))
        else:
            result = _checked(opened, form)
        if isinstance(result, NotWaiting):
            return _changed(request, visit, result)
        if isinstance(result, Filling) and opened.approval.status != "waiting" and _is_part(request):
            return Response(headers={"hx-refresh": "true"})
        if isinstance(result, Filling):
            return _page(request, visit, pictures, opened, result)
        return RedirectResponse(f"/approvals/{approval_id}", 303)

    return router


def _filling(
    form: Form, *, texts: Texts | None = None, faults: Mapping[str, str] | None = None, told: str = ""
) -> Filling:
    """The form as it was sent, unless *texts* are given."""
    typed = form.below(_ANSWER) if texts is None else texts
    return Filling(typed, form.first("digest"), form.first("reason"), faults or {}, told)


def _checked(opened: Opened, form: Form) -> Filling:
    """Would it be taken? Nothing is decided."""
    values, faults = _read(opened, form)
    if values is not None:
        faults = faults or faults_of(opened.approval.answer_schema, values)
    return _filling(form, faults=faults, told="" if faults else _CHECKED)


def _decided(visit: Visit, opened: Opened, form: Form) -> Approval | Filling | NotWaiting:
    """Decide: the approval decided, or the form with what does not fit, or how the approval stands otherwise."""
    approval, verdict = opened.approval, form.first("verdict")
    values, faults = _read(opened, form) if verdict == "approved" else (None, {})
    if verdict not in _VERDICTS:
        faults = {"": f"There is no verdict {verdict[:40]!r}."}
    if verdict == "rejected" and not form.first("reason").strip():
        faults = {"reason": "Say why, so that others can see it later."}
    if faults and approval.status == "waiting":
        return _filling(form, faults=faults)
    try:
        decided = approvals.decide(
            approval.approval_id,
            verdict="approved" if verdict == "approved" else "rejected",
            by=visit.name,
            via="page",
            digest=form.first("digest"),
            answer=values,
            reason=form.first("reason"),
        )
    except AnswerUnfit as unfit:
        return _filling(form, faults=unfit.faults)
    except NotWaiting as error:
        return error
    going_on.after([approval.approval_id])
    return decided


def _read(opened: Opened, form: Form) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """The answer in the form, None where it has no field at all (as proposed is meant); and what is wrong with it."""
    texts = form.below(_ANSWER)
    if not texts:
        return None, {}
    values, faults = values_of(opened.shape, texts, opened.approval.proposed)
    unknown = [name for name in texts if not knows(opened.shape, name)]
    return values, {**faults, **dict.fromkeys(unknown, "There is no such field.")}


def _changed(request: Request, visit: Visit, error: NotWaiting) -> Response:
    """It was decided, or changed, between the look and the click."""
    given = {"error": error, "approval": error.approval, "following": _following(visit, error.approval)}
    return paint(request, visit, "changed.html", status=409, **given)


def _page(request: Request, visit: Visit, pictures: Pictures, opened: Opened, filling: Filling) -> Response:
    approval = opened.approval
    is_open = approval.status == "waiting" and not (approval.expires_at and is_over(approval.expires_at))
    sheet = sheet_of(opened.shape, filling.texts, opened.shown, filling.faults)
    return paint(
        request,
        visit,
        "request.html",
        status=422 if filling.faults else 200,
        approval=approval,
        shown=opened.shown,
        sheet=sheet if is_open else None,
        filling=filling,
        may_decide=may_decide(approval, visit.name),
        changes=approvals.difference(approval) if is_open else [],
        answered=_answered(opened),
        texts=_texts(pictures, opened.shown),
        following=None if is_open else _following(visit, approval),
    )


def _is_part(request: Request) -> bool:
    """Does a script of the page ask, which puts the answer into the page as it stands?"""
    return "hx-request" in request.headers


def _opened(approval_id: str) -> Opened:
    approval = _found(approval_id)
    shape = shape_of(approval.answer_schema)
    return Opened(approval, shape, facts.sorted_out(approval.shown, frozenset(shape.members)))


def _found(approval_id: str) -> Approval:
    """Pages have whole ids: a link never fits several."""
    if len(approval_id) != 64:
        raise approvals.NoSuchApproval(ref=approval_id[:70])
    return approvals.find_approval(approval_id)


def _following(visit: Visit, approval: Approval) -> Approval | None:
    """What waits longest for this approver, other than *approval*."""
    waiting = approvals.list_approvals(limit=20)
    others = (one for one in waiting if one.approval_id != approval.approval_id)
    return next((one for one in others if may_decide(one, visit.name)), None)


def _answered(opened: Opened) -> list[tuple[facts.Fact, bool]]:
    """What was answered, and whether it differs from what was proposed."""
    given, proposed = opened.approval.answer or {}, opened.approval.proposed
    answer = {name: given[name] for name in opened.shape.members if name in given}
    changed = [proposed.get(name) != value for name, value in answer.items()]
    return list(zip(facts.facts_of(answer), changed, strict=True))


def _with_rows(opened: Opened, texts: dict[str, str], action: str) -> dict[str, str]:
    """The texts with one row more, or one less."""
    verb, _, place = action.partition(":")
    path, number = (place, "") if verb == "add" else place.rpartition(".")[::2]
    if path not in opened.shape.members:
        return texts
    rows = rows_of(texts, path)
    if verb == "add":
        known = opened.approval.proposed.get(path)
        used = [len(known) - 1 if isinstance(known, list) else -1, *(int(row) for row in rows)]
        rows = [*rows, str(max(used) + 1)]
    else:
        rows = [row for row in rows if row != number]
    return {**texts, f"{path}.{ROWS}": "\n".join(rows)}


def _texts(pictures: Pictures, shown: Shown) -> dict[int, str]:
    """The pages of papers that have no look, by number."""
    plain = [paper for paper in shown.papers if paper.media_type == "text/plain"]
    numbers = [(paper, number) for paper in plain for number in paper.numbers][:_TEXT_PAGES]
    found: dict[int, str] = {}
    for paper, number in numbers:
        try:
            found[number] = pictures.page(paper, number - paper.first + 1).decode()
        except (UnreadableDocument, ArtifactMissing) as error:
            found[number] = f"{error}"
    return found


def _drawn(pictures: Pictures, paper: facts.Paper, number: int) -> Response:
    try:
        return Response(pictures.page(paper, number), media_type="image/png")
    except (UnreadableDocument, ArtifactMissing) as error:
        raise HTTPException(404, f"The page cannot be shown: {error}") from error
