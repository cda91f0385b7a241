"""Bugs where people decide: a patch each, and the quickest tests that turn red by it."""

from tests.zoo.cage import Bug

ASKING, MANY = "tests/unit/test_asking.py", "tests/conformance/test_approvals.py"
REFUSALS, HOOKS = (
    "tests/acceptance/test_approval_page_refusals.py",
    "tests/acceptance/test_approval_page_hooks.py",
)

OF_DECISIONS = (
    Bug(
        "of many who decide the last one counts",
        "blocks/state/decisions.py",
        "    if (row.state, row.names, row.round) != (WAITING, json.dumps(list(seen.names)), seen.round):\n",
        "    if (row.names, row.round) != (json.dumps(list(seen.names)), seen.round):\n",
        (f"{MANY}::test_one_of_many_decides_each_time[sqlite]",),
    ),
    Bug(
        "everybody may decide what is asked of one",
        "blocks/durable/approvals.py",
        "    if asked.names and by not in asked.names:\n",
        "    if not by:\n",
        (f"{ASKING}::test_only_who_is_asked_may_decide",),
    ),
    Bug(
        "a decision counts after its deadline",
        "blocks/state/decisions.py",
        "    settle_overdue(connection, approval_id)\n    row = ",
        "    row = ",
        (f"{ASKING}::test_who_comes_too_late_is_told_so",),
    ),
    Bug(
        "a run goes on though nobody decided in time",
        "blocks/durable/asking.py",
        "        raise ApprovalExpired(title=question.line)\n",
        "        return Decision[A](approved=True)\n",
        (f"{ASKING}::test_the_next_approver_is_asked_when_the_time_is_over_and_then_the_run_fails",),
    ),
    Bug(
        "what was replaced can still be decided",
        "blocks/state/questions.py",
        "        _void(connection, asking.run_id, previous, row.approval_id)\n",
        "        pass\n",
        (f"{ASKING}::test_another_content_is_another_question_and_voids_the_one_before_it",),
    ),
    Bug(
        "who is asked is no part of the question",
        "blocks/state/approval_rows.py",
        '{"approvers": approvers, "digest"',
        '{"digest"',
        (f"{ASKING}::test_what_one_person_decided_is_not_decided_for_another",),
    ),
    Bug(
        "an answer with a field that nobody knows is taken",
        "blocks/durable/answering.py",
        '            faults[name] = "There is no such field."\n',
        "            pass\n",
        (f"{ASKING}::test_an_answer_that_does_not_fit_is_refused_and_the_run_still_waits",),
    ),
    Bug(
        "a question without a required field answers itself",
        "blocks/durable/question.py",
        "            (any(field.is_required() for field in fields.values()), ",
        "            (True, ",
        (f"{ASKING}::test_a_question_that_could_answer_itself_or_is_not_clear_is_refused",),
    ),
    Bug(
        "an edited decision is not found",
        "blocks/state/audit.py",
        "                decisions.take(event.kind, body)\n",
        "",
        (f"{ASKING}::test_a_decision_that_was_edited_is_found",),
    ),
    Bug(
        "a decision that nobody made is not found",
        "blocks/state/audit.py",
        "untold(connection, self.rounds, self.opener) + ",
        "",
        (f"{ASKING}::test_a_decision_that_nobody_made_is_found",),
    ),
    Bug(
        "a run that waits is never due",
        "blocks/state/waking.py",
        "and_(runs.c.state == WAITING, approval_rows.has_news())",
        "and_(runs.c.state == WAITING, runs.c.lease_id.is_not(None))",
        (f"{MANY}::test_a_run_that_waits_is_due_when_something_is_decided_and_not_before[sqlite]",),
    ),
    Bug(
        "a form from another page is taken",
        "deployments/approval_page/visits.py",
        '        if not hmac.compare_digest(self.csrf.encode(), form.first("csrf").encode()):\n            raise ForeignForm\n',
        "        return\n",
        (REFUSALS,),
    ),
    Bug(
        "a webhook is believed without its signature",
        "deployments/approval_page/signatures.py",
        "        fits = [hmac.compare_digest(wanted.encode(), one.encode()) for one in given]",
        "        fits = [True for one in given]",
        (HOOKS,),
    ),
)
