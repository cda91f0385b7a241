"""Bugs of paid calls: what is sent before it is written, read before it is kept, paid twice, or spent above a limit."""

from tests.zoo.cage import Bug

CALLS, PAID, RACES = (
    "tests/unit/test_model_calls.py",
    "tests/faults/test_paid_calls.py",
    "tests/faults/test_budget_races.py",
)

OF_MONEY = (
    Bug(
        "an SDK tries again by itself",
        "blocks/providers/language_model.py",
        "        client.max_retries = 0",
        "        client.max_retries = 2",
        ("tests/unit/test_language_model.py::test_a_failing_endpoint_is_asked_once",),
    ),
    Bug(
        "an answer is not kept before it is read",
        "blocks/durable/model_calls.py",
        "        _keep(self.here, call_id, answer)\n        self.sender.forget(call_id)\n        return Bought",
        "        self.sender.forget(call_id)\n        return Bought",
        (f"{CALLS}::test_a_body_that_fails_after_the_answer_does_not_pay_for_it_again",),
    ),
    Bug(
        "a lost answer is bought again without a word",
        "blocks/durable/model_calls.py",
        "        _end(self.here, row.call_id, rows.AMBIGUOUS, row.reserved_nano_usd)",
        "        _end(self.here, row.call_id, rows.UNSENT, 0)",
        (f"{CALLS}::test_a_lost_answer_is_bought_once_more_and_told",),
    ),
    Bug(
        "a second lost answer is bought again without a person",
        "blocks/durable/model_calls.py",
        'unsure == "hold" or is_dear or self._was_given_up_before(row)',
        'unsure == "hold" or is_dear',
        (f"{CALLS}::test_a_second_lost_answer_is_put_before_a_person",),
    ),
    Bug(
        "a dear answer that was lost is bought again without a person",
        "blocks/durable/model_calls.py",
        'unsure == "hold" or is_dear or',
        'unsure == "hold" or',
        (f"{CALLS}::test_above_a_price_a_person_decides_at_once",),
    ),
    Bug(
        "an answer that two have at one moment is a cost of both",
        "blocks/durable/commit.py",
        "    before = model_call_rows.count(connection, calls, state)\n",
        "    model_call_rows.count(connection, calls, state)\n    before = 0\n",
        (f"{CALLS}::test_an_answer_that_two_have_at_one_moment_is_a_cost_of_the_first",),
    ),
    Bug(
        "a changed budget is not found",
        "blocks/state/money_told.py",
        "self._costs(connection) + _budgets(connection) +",
        "self._costs(connection) +",
        ("tests/faults/test_tampered_money.py::test_a_changed_row_of_money_is_found",),
    ),
    Bug(
        "a rate limit of one model keeps the others from being asked",
        "blocks/durable/model_outage.py",
        "self.model if is_of_model else self.provider",
        "self.provider",
        (f"{CALLS}::test_a_model_that_is_asked_too_often_rests_alone",),
    ),
    Bug(
        "what is reserved is not counted against the limit",
        "blocks/state/budget_rows.py",
        "change.where(budgets.c.spent_nano_usd + taken <= most)",
        "change.where(budgets.c.spent_nano_usd <= most)",
        (RACES,),
    ),
    Bug(
        "a price that nobody knows is zero",
        "blocks/providers/prices.py",
        "    if found is None:\n        raise PriceUnknown(model)\n",
        "    if found is None:\n        return Decimal(0)\n",
        (f"{CALLS}::test_a_model_without_a_price_is_refused_before_anything_is_sent",),
    ),
    Bug(
        "a reservation is given back when its process dies",
        "blocks/state/model_call_rows.py",
        '        "reserved_nano_usd": asking.most_nano_usd,',
        '        "reserved_nano_usd": 0,',
        (f"{CALLS}::test_a_lost_answer_is_bought_once_more_and_told",),
    ),
    Bug(
        "the capture proxy stops reading when nobody listens",
        "deployments/capture_proxy/app.py",
        "        task = asyncio.create_task(self._carried_out(exchange))\n",
        "        task = asyncio.create_task(self._carried_out(exchange))\n        exchange.records.void(call_id)\n"
        "        task.get_loop().call_later(0.05, task.cancel)\n",
        (f"{PAID}::test_an_answer_of_another_machine_is_waited_for_and_used_when_it_is_handed_in",),
    ),
    Bug(
        "a request that was asked for leaves afterwards",
        "deployments/capture_proxy/app.py",
        "                await asyncio.to_thread(self._records.void, call_id)\n",
        "                pass\n",
        (f"{PAID}::test_a_request_that_waits_in_front_of_the_proxy_never_leaves_after_it_was_asked_for",),
    ),
    Bug(
        "whoever knows the port may send",
        "deployments/capture_proxy/app.py",
        "return hmac.compare_digest(given, self._records.token.encode())",
        "return bool(given)",
        (f"{PAID}::test_nobody_without_the_token_may_send_or_read",),
    ),
    Bug(
        "a provider that refuses is asked at once by the next process",
        "blocks/durable/model_calls.py",
        "                outage.wait_for_pause()\n",
        "",
        (f"{CALLS}::test_the_provider_says_how_long_and_nobody_asks_it_before",),
    ),
    Bug(
        "the cost of an answer whose body failed is forgotten",
        "blocks/durable/commit.py",
        "meter.nano_usd, meter.calls, model_call_rows.ANSWERED)",
        "meter.nano_usd, {}, model_call_rows.ANSWERED)",
        (f"{CALLS}::test_a_body_that_fails_after_the_answer_does_not_pay_for_it_again",),
    ),
    Bug(
        "what a model reads is not held against the rules",
        "tasks/extract.py",
        "return reply.facts if model.is_offline else borne_out(reply.facts, by_rules(document), document)",
        "return reply.facts",
        ("tests/faults/test_hostile_documents.py::test_no_hostile_page_has_an_effect_without_a_person",),
    ),
)
