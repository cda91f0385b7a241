"""Bugs of weights and parts: what was paid for is forgotten, what differs is made again, parts are put together wrongly."""

from tests.zoo.cage import Bug

WEIGHING, WEIGHTS, PARTS = (
    "tests/unit/test_weighing.py",
    "tests/contract/test_weights_in_prefect.py",
    "tests/unit/test_parts.py",
)

OF_WEIGHTS = (
    Bug(
        "what was paid for may be forgotten",
        "blocks/durable/weighing.py",
        '    if measured["made_nano_usd"]:\n        return Weighed("durable", "it costs money", numbers)\n',
        "",
        (f"{WEIGHING}::test_what_costs_money_is_durable_however_little_and_however_quick",),
    ),
    Bug(
        "a stage is forgotten whose answers differ",
        "blocks/durable/weighing.py",
        'measured["compared"] >= COMPARED and not measured["unsteady"]',
        'measured["compared"] >= COMPARED',
        (f"{WEIGHTS}::test_a_stage_whose_answers_differ_is_never_volatile",),
    ),
    Bug(
        "a paid answer is made a second time, to be compared",
        "blocks/durable/recorded_stage.py",
        "        if made.cost_nano_usd or not here",
        "        if not here",
        (f"{WEIGHTS}::test_a_stage_that_cost_money_is_durable_and_no_paid_answer_is_made_twice",),
    ),
    Bug(
        "the first cost of a volatile stage is recorded nowhere",
        "blocks/durable/recorded_stage.py",
        "            if spent.nano_usd:\n",
        "            if False:\n",
        (f"{WEIGHTS}::test_a_volatile_stage_that_comes_to_cost_money_is_recorded_and_durable_again",),
    ),
    Bug(
        "a decision is not told",
        "blocks/durable/measuring.py",
        '        return ledger.append(connection, run_id, "stage.weighed", {**body, **weighed.numbers})',
        "        return 0",
        (f"{WEIGHTS}::test_a_decision_holds_from_the_next_turn_on_and_is_told_once",),
    ),
    Bug(
        "parts of two processes are put together",
        "blocks/state/part_rows.py",
        "        if row.first == sum(part.items for part in found):\n",
        "        if True:\n",
        (f"{PARTS}::test_parts_of_a_process_that_lost_its_claim_are_not_put_together_with_others",),
    ),
    Bug(
        "items that cost money are kept as parts, without their cost",
        "blocks/durable/parts.py",
        "made_us < pace.every_us or is_paid or is_last",
        "made_us < pace.every_us or is_last",
        (f"{PARTS}::test_from_the_first_item_on_that_costs_money_nothing_is_kept",),
    ),
    Bug(
        "parts outlive their stage",
        "blocks/durable/commit.py",
        "            part_rows.forget(connection, call.key)\n",
        "            pass\n",
        (f"{PARTS}::test_the_next_attempt_goes_on_where_the_last_one_kept_something",),
    ),
    Bug(
        "a part that was not kept leaves a hole",
        "blocks/durable/parts.py",
        "                self._tell(pace, kept=1)\n                waiting = []\n",
        "                self._tell(pace, kept=1)\n            waiting = []\n",
        (f"{PARTS}::test_after_a_part_that_could_not_be_kept_the_next_one_holds_its_items_too",),
    ),
)
