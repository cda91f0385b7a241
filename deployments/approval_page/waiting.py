"""What waits, what was decided lately, and many approvals at once."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from blocks.base.errors import HoldfastError
from blocks.durable import approval_lists, approvals
from blocks.durable.approvals import Approval
from deployments.approval_page import going_on
from deployments.approval_page.facts import reasons_of
from deployments.approval_page.painting import paint
from deployments.approval_page.received import Sent
from deployments.approval_page.visits import Approver

ROWS = 50
AT_ONCE = 2000


@dataclass(frozen=True)
class Chosen:
    """A request that was ticked, and what became of it."""

    approval: Approval
    digest: str
    fault: str = ""

    @property
    def mark(self) -> str:
        """As it stands in a form: what it is, and what was shown."""
        return f"{self.approval.approval_id}:{self.digest}"

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why it is asked."""
        return reasons_of(self.approval.shown)


def routes() -> APIRouter:
    """/, /news, /decided and /approve-many."""
    router = APIRouter()

    @router.get("/")
    def look(request: Request, visit: Approver, gate: str = "", page: int = 1) -> Response:
        return _page(request, visit, gate, page)

    @router.get("/news")
    def news(request: Request, visit: Approver, gate: str = "", known: int = 0) -> Response:
        """Has anything changed on the list since it was painted? Asked by the list itself."""
        gates = approval_lists.waiting_by_gate()
        count = gates.get(gate, 0) if gate else sum(gates.values())
        return paint(request, visit, "news.html", gate=gate, known=known, count=count)

    @router.get("/decided")
    def decided(request: Request, visit: Approver) -> Response:
        found = [approvals.find_approval(one) for one in approval_lists.decided_lately(ROWS)]
        return paint(request, visit, "decided.html", found=found)

    @router.post("/approve-many")
    def approve_many(request: Request, visit: Approver, form: Sent) -> Response:
        """Asks first; only the confirmed form decides."""
        visit.check(form)
        if form.first("confirmed") == "yes":
            done, left = _approve(_chosen(form.every("chosen")), visit.name)
            return paint(request, visit, "many_done.html", done=done, left=left)
        if form.first("scope") == "all":
            gate = form.first("gate") or None
            found = approvals.list_approvals(gate=gate, limit=AT_ONCE)
            chosen = [Chosen(one, one.digest) for one in found if may_decide(one, visit.name)]
        else:
            chosen = _chosen(form.every("chosen"))
        if not chosen:
            return _page(request, visit, form.first("gate"), 1, told="Tick what you want to approve first.")
        return paint(request, visit, "many_confirm.html", chosen=chosen)

    return router


def may_decide(approval: Approval, name: str) -> bool:
    """Is it asked of *name*?"""
    return not approval.names or name in approval.names


def _page(request: Request, visit: Approver, gate: str, page: int, told: str = "") -> Response:
    gates = approval_lists.waiting_by_gate()
    count = gates.get(gate, 0) if gate else sum(gates.values())
    last = max(1, -(-count // ROWS))
    page = min(max(page, 1), last)
    found = approvals.list_approvals(gate=gate or None, limit=ROWS, offset=(page - 1) * ROWS)
    rows = [(one, may_decide(one, visit.name)) for one in found]
    given = {"rows": rows, "gates": gates, "gate": gate, "count": count, "page": page, "last": last}
    return paint(request, visit, "waiting.html", **given, told=told, total=sum(gates.values()))


def _chosen(marks: list[str]) -> list[Chosen]:
    """What the ticks name; what is not there is passed over."""
    found: list[Chosen] = []
    for mark in dict.fromkeys(marks[:AT_ONCE]):
        approval_id, _, digest = mark.partition(":")
        if len(approval_id) == 64 and len(digest) == 64:
            try:
                found.append(Chosen(approvals.find_approval(approval_id), digest))
            except approvals.NoSuchApproval:
                continue
    return found


def _approve(chosen: list[Chosen], by: str) -> tuple[list[Chosen], list[Chosen]]:
    """Approve each as proposed: what was approved, and what was not, with the reason."""
    done: list[Chosen] = []
    left: list[Chosen] = []
    for one in chosen:
        approval_id = one.approval.approval_id
        try:
            decided = approvals.decide(approval_id, verdict="approved", by=by, via="page", digest=one.digest)
            done.append(Chosen(decided, one.digest))
        except HoldfastError as error:
            left.append(Chosen(one.approval, one.digest, error.what))
    going_on.after(one.approval.approval_id for one in done)
    return done, left
