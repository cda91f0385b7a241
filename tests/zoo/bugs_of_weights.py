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
        "        if settled.output.cost_nano_usd:\n            return\n",
        "",
        (f"{WEIGHTS}::test_a_stage_that_cost_money_is_durable_and_no_paid_answer_is_made_twice",),
    ),
    Bug(
        "the first cost of a volatile stage is recorded nowhere",
        "blocks/durable/recorded_stage.py",
        "            if spent.nano_usd or spent.calls:\n",
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
        "parts are put together over a gap",
        "blocks/durable/parts.py",
        "fits = part.first == len(answers) and len(found) == part.items",
        "fits = len(found) == part.items",
        (f"{PARTS}::test_what_stands_behind_a_gap_is_not_put_together_with_what_stands_before_it",),
    ),
    Bug(
        "items that cost money are kept as parts, without their cost",
        "blocks/durable/parts.py",
        "            if not is_paid and self._keep(",
        "            if self._keep(",
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
        "                waiting = []\n",
        "                pass\n            waiting = []\n",
        (f"{PARTS}::test_after_a_part_that_could_not_be_kept_the_next_one_holds_its_items_too",),
    ),
    Bug(
        "a process that lost a stage goes on keeping parts of it",
        "blocks/state/part_rows.py",
        "    if connection.execute(select(stages.c.key).where(*own).with_for_update()).first() is None:\n        return None\n",
        "",
        (f"{PARTS}::test_a_process_that_lost_the_stage_keeps_no_part_of_it",),
    ),
    Bug(
        "a run that is taken up again looks for nothing that it recorded of a volatile stage",
        "blocks/durable/recorded_stage.py",
        "        is_new = not self._auto or not scope.current().resumed\n",
        "        is_new = True\n",
        (f"{WEIGHTS}::test_a_run_that_is_taken_up_again_looks_for_what_it_recorded",),
    ),
)
