"""The bugs: one tiny patch each, what is wrong with it, and the quickest tests that turn red by it."""

from tests.zoo.bugs_of_decisions import OF_DECISIONS
from tests.zoo.bugs_of_money import OF_MONEY
from tests.zoo.bugs_of_secrets import OF_SECRETS
from tests.zoo.bugs_of_weights import OF_WEIGHTS
from tests.zoo.cage import Bug

ARTIFACTS, DURABILITY = "tests/unit/test_artifacts.py", "tests/unit/test_artifacts_durability.py"
ROWS, CLAIMS, ONE_COMMIT = (
    "tests/unit/test_stage_rows.py",
    "tests/unit/test_claims_hold.py",
    "tests/unit/test_one_commit.py",
)
COMMIT, KEYS, CANONICAL = (
    "tests/unit/test_commit.py",
    "tests/unit/test_stage_keys.py",
    "tests/unit/test_canonical.py",
)
HEADS, VERIFY, LEDGER = "tests/unit/test_heads.py", "tests/unit/test_verify.py", "tests/unit/test_ledger.py"
BOOKS, RECOVERY, MONEY = (
    "tests/unit/test_accounting.py",
    "tests/unit/test_recovery.py",
    "tests/unit/test_money.py",
)
SHELVES, HOSTILE = (
    "tests/conformance/test_shelves.py",
    "tests/faults/test_nothing_is_executed_on_reading.py",
)

STORE = "tests/faults/test_object_store.py"

OF_BYTES = (
    Bug(
        "the fsync of a new file is dropped",
        "blocks/artifacts/local.py",
        "            file.write(data)\n        os.fsync(descriptor)\n",
        "            file.write(data)\n",
        (
            f"{DURABILITY}::test_a_file_is_whole_on_the_disk_before_it_has_its_name_and_named_before_it_counts",
        ),
    ),
    Bug(
        "the fsync of the folder of a new file is dropped",
        "blocks/artifacts/local.py",
        '        sync_folder(target.parent)\n        faults.reach("artifact.renamed")',
        '        faults.reach("artifact.renamed")',
        (f"{ARTIFACTS}::test_every_new_file_and_every_new_folder_is_synced",),
    ),
    Bug(
        "a file has its name before it is on the disk",
        "blocks/artifacts/local.py",
        '            _write_durably(draft, envelope)\n            faults.reach("artifact.written")\n'
        "            link_once(draft, target)\n",
        "            draft.write_bytes(envelope)\n            link_once(draft, target)\n"
        "            os.fsync(os.open(target, os.O_RDONLY))\n"
        '            faults.reach("artifact.written")\n',
        (
            f"{DURABILITY}::test_a_file_is_whole_on_the_disk_before_it_has_its_name_and_named_before_it_counts",
        ),
    ),
    Bug(
        "an artifact that is there is written over",
        "blocks/artifacts/local.py",
        "        if target.exists():\n            sync_folder(target.parent)  # its writer may not have come so far\n"
        "            return\n",
        "        if target.exists():\n            target.write_bytes(envelope)\n            return\n",
        (f"{SHELVES}::test_nothing_is_ever_overwritten",),
    ),
    Bug(
        "an object that is there is written over",
        "blocks/base/bucket.py",
        'checksum or _checksum(data), "IfNoneMatch": "*"}',
        "checksum or _checksum(data)}",
        (f"{SHELVES}::test_nothing_is_ever_overwritten",),
    ),
    Bug(
        "an object that another wrote meanwhile is deleted",
        "blocks/base/bucket.py",
        "self.ask(operation, key, IfMatch=tag, **asked)",
        "self.ask(operation, key, **asked)",
        (f"{STORE}::test_what_another_wrote_meanwhile_is_neither_deleted_nor_written_over",),
    ),
    Bug(
        "a failure of a library is not named",
        "blocks/base/bucket.py",
        "        except Exception as error:",
        "        except OSError as error:",
        (f"{STORE}::test_whatever_a_store_answers_the_failure_is_one_of_ours",),
    ),
    Bug(
        "what was put is not read back",
        "blocks/artifacts/store.py",
        "            unseal(stored, digest, self._cipher, place=place)\n        except (ArtifactCorrupt, Erased):",
        "            pass\n        except (ArtifactCorrupt, Erased):",
        (f"{ARTIFACTS}::test_what_is_read_back_is_compared_with_what_was_written",),
    ),
    Bug(
        "the checksum of an envelope is not compared",
        "blocks/artifacts/envelope.py",
        "    if bytes.fromhex(digest_of(body)) != check:",
        "    if len(check) != _CHECK_BYTES:",
        (f"{ARTIFACTS}::test_any_flipped_bit_is_damage",),
    ),
    Bug(
        "an envelope may hold other content than its name says",
        "blocks/artifacts/envelope.py",
        "    if told != digest:",
        "    if len(told) != len(digest):",
        (f"{ARTIFACTS}::test_another_artifacts_envelope_is_damage",),
    ),
    Bug(
        "what is packed may unpack to any size",
        "blocks/artifacts/envelope.py",
        "    return zlib.decompressobj().decompress(packed, max(size, 0) + 1)",
        "    return zlib.decompress(packed)",
        (f"{ARTIFACTS}::test_what_unpacks_to_more_than_it_says_is_not_unpacked",),
    ),
    Bug(
        "a compression may be a pickle",
        "blocks/artifacts/envelope.py",
        '    if compression != "zlib":',
        '    if compression == "pickle":\n        import pickle\n\n        return pickle.loads(packed)\n'
        '    if compression != "zlib":',
        (f"{HOSTILE}::test_a_hostile_artifact_is_refused_by_name_and_nothing_runs",),
    ),
)

OF_ROWS = (
    Bug(
        "the fence is not in the WHERE of the commit",
        "blocks/state/stage_rows.py",
        "        stages.c.fence == claim.fence,\n",
        "",
        (f"{ROWS}::test_an_old_fence_of_the_same_lease_can_not_commit",),
    ),
    Bug(
        "the lease is not in the WHERE of the commit",
        "blocks/state/stage_rows.py",
        "        stages.c.lease_id == claim.lease_id,\n",
        "",
        (f"{CLAIMS}::test_a_claim_counts_for_its_own_lease_only",),
    ),
    Bug(
        "a claim ignores that its holder lives",
        "blocks/state/stage_rows.py",
        "    if row.state == CLAIMED and row.lease_id != lease_id and is_held(connection, row.lease_id, is_dead):",
        "    if row.state == CLAIMED and row.lease_id == lease_id and is_held(connection, row.lease_id, is_dead):",
        (f"{ROWS}::test_the_second_to_ask_waits_while_the_first_lives",),
    ),
    Bug(
        "what is done can be claimed again",
        "blocks/state/stage_rows.py",
        "    if row.state == DONE:\n        return _output(row)\n",
        "",
        (f"{ROWS}::test_what_is_done_is_answered_and_never_claimed_again",),
    ),
    Bug(
        "a lease ends by the worker's clock",
        "blocks/state/stage_rows.py",
        "(leases.c.expires_at > db_now_us())",
        '(leases.c.expires_at > __import__("blocks.base.clock").base.clock.now_us())',
        (f"{CLAIMS}::test_a_worker_whose_clock_is_wrong_neither_loses_a_lease_nor_steals_one",),
    ),
    Bug(
        "a failed attempt costs nothing",
        "blocks/state/stage_rows.py",
        '    values = {"state": OPEN, "lease_id": None, "cost_nano_usd": stages.c.cost_nano_usd + cost_nano_usd}',
        '    values = {"state": OPEN, "lease_id": None}',
        (f"{ROWS}::test_a_failed_attempt_keeps_its_cost_and_its_fence",),
    ),
    Bug(
        "a commit forgets what earlier attempts cost",
        "blocks/state/stage_rows.py",
        '        "cost_nano_usd": stages.c.cost_nano_usd + output.cost_nano_usd,\n',
        '        "cost_nano_usd": output.cost_nano_usd,\n',
        (f"{ROWS}::test_a_failed_attempt_keeps_its_cost_and_its_fence",),
    ),
    Bug(
        "a run is taken without looking who has it",
        "blocks/state/run_rows.py",
        "    if whose := holder(connection, row, is_dead):\n        return NotTaken(whose)\n    _set(",
        "    _set(",
        (f"{RECOVERY}::test_of_eight_takers_one_gets_the_run",),
    ),
    Bug(
        "an error of COMMIT is taken for success",
        "blocks/base/sql.py",
        "            with writer.begin():\n                yield writer\n",
        "            begun = writer.begin()\n            yield writer\n            try:\n"
        "                begun.commit()\n            except DBAPIError:\n                pass\n",
        (f"{ONE_COMMIT}::test_a_transaction_that_cannot_be_committed_is_an_error_and_leaves_nothing",),
    ),
    Bug(
        "a booking is looked for in one transaction and written in another",
        "blocks/providers/accounting.py",
        "            if there is not None:\n                return there\n            posted =",
        "        if there is not None:\n            return there\n        clock.sleep(0.05)\n"
        "        with self._database.writing() as connection:\n            posted =",
        (f"{BOOKS}::test_eight_threads_post_one_booking_once",),
    ),
)

OF_COMMITS = (
    Bug(
        "the event is written before the artifact is kept",
        "blocks/durable/commit.py",
        "    output = _kept(world, call.key, answer)\n    while",
        "    with world.state.writing() as connection:\n"
        '        stage_rows.note_event(connection, scope.run_id, "done", call.key, {"stage": call.identity.stage})\n'
        "    output = _kept(world, call.key, answer)\n    while",
        (f"{ONE_COMMIT}::test_an_answer_is_kept_before_anything_speaks_of_it",),
    ),
    Bug(
        "three transactions for one",
        "blocks/durable/commit.py",
        "        ordinal = stage_rows.enter(connection, scope.run_id, call.key, scope.subject, reused=False)\n"
        '        body = {**facts, "cost_nano_usd": cost, "ordinal": ordinal}\n'
        '        seq = stage_rows.note_event(connection, scope.run_id, "done", call.key, body)\n',
        '        connection.exec_driver_sql("COMMIT")\n        connection.exec_driver_sql("BEGIN IMMEDIATE")\n'
        "        ordinal = stage_rows.enter(connection, scope.run_id, call.key, scope.subject, reused=False)\n"
        '        body = {**facts, "cost_nano_usd": cost, "ordinal": ordinal}\n'
        '        connection.exec_driver_sql("COMMIT")\n        connection.exec_driver_sql("BEGIN IMMEDIATE")\n'
        '        seq = stage_rows.note_event(connection, scope.run_id, "done", call.key, body)\n',
        (f"{ONE_COMMIT}::test_an_answer_its_use_and_its_event_are_one_transaction",),
    ),
    Bug(
        "a damaged answer is taken for a missing one",
        "blocks/durable/commit.py",
        "    return _reuse(world, scope, call, output) if output else None\n",
        "    try:\n        return _reuse(world, scope, call, output) if output else None\n"
        "    except HoldfastError:\n        with world.state.writing() as connection:\n"
        "            connection.exec_driver_sql(f\"UPDATE stages SET state = 'open' WHERE key = '{call.key}'\")\n"
        "        return None\n",
        (f"{COMMIT}::test_a_damaged_answer_is_told_and_its_stage_is_not_run_again",),
    ),
    Bug(
        "an answer in a row is not held against its digest",
        "blocks/durable/damage.py",
        "digest_of(data) != output.digest",
        "not data",
        (f"{COMMIT}::test_an_answer_that_was_changed_in_the_database_is_told_and_not_run_again",),
    ),
    Bug(
        "what a failed body spent is lost",
        "blocks/durable/commit.py",
        "        if not stage_rows.release(connection, claim, meter.nano_usd):",
        "        if not stage_rows.release(connection, claim, 0):",
        (f"{COMMIT}::test_a_failing_body_is_recorded_and_runs_again_the_next_time",),
    ),
    Bug(
        "the first run answers with the body's own object",
        "blocks/durable/recorded_stage.py",
        "        settled = commit.settle(world.current(), scope.current(), call, self.fn, self._shape.output)\n"
        "        receipt.remember(settled.key, settled)\n"
        "        if self._auto and not settled.reused:\n            here, name = world.current(), call.identity.name\n"
        "            if here.measures.wants_another(here.state, name, self._auto, settled.output.duration_us):\n"
        "                self._compare(call, settled)\n"
        "        return self._parsed(settled",
        "        made = []\n        keep = lambda **given: made.append(self.fn(**given)) or made[0]\n"
        "        settled = commit.settle(world.current(), scope.current(), call, keep, self._shape.output)\n"
        "        receipt.remember(settled.key, settled)\n        return made[0] if made else self._parsed(settled",
        (f"{ONE_COMMIT}::test_a_first_answer_is_the_recorded_one_to_the_last_digit",),
    ),
    Bug(
        "receipts believe what Prefect writes",
        "blocks/durable/receipt.py",
        '            raise NotRecorded(f"Its key is {path}.") from error\n        return path',
        '            raise NotRecorded(f"Its key is {path}.") from error\n'
        "        ReceiptStore.read_path = lambda self, path, _sync=None: content\n        return path",
        (f"{HOSTILE}::test_a_hostile_result_record_of_prefect_is_never_read",),
    ),
    Bug(
        "what is no receipt is unpickled",
        "blocks/durable/receipt.py",
        "        receipt = Receipt.model_validate_json(blob)\n",
        "        try:\n            receipt = Receipt.model_validate_json(blob)\n        except ValueError:\n"
        "            import pickle\n\n            return pickle.loads(blob)\n",
        (f"{HOSTILE}::test_a_hostile_receipt_leads_to_no_answer_and_nothing_runs",),
    ),
)

OF_KEYS = (
    Bug(
        "the model is no part of the key",
        "blocks/durable/call.py",
        "self.version, digests, identities]",
        "self.version, digests]",
        (f"{KEYS}::test_the_identity_of_the_model_is_part_of_the_key_and_its_object_is_not",),
    ),
    Bug(
        "the version is no part of the key",
        "blocks/durable/call.py",
        "self.version, digests, identities]",
        "digests, identities]",
        (f"{KEYS}::test_the_tenant_the_version_and_the_name_are_part_of_the_key",),
    ),
    Bug(
        "the digest is of the object and not of its bytes",
        "blocks/durable/call.py",
        'entry: dict[str, Any] = {"digest": digest_of(data), "bytes": len(data)}',
        'entry: dict[str, Any] = {"digest": digest_of(str(hash(data)).encode()), "bytes": len(data)}',
        (f"{KEYS}::test_the_key_is_the_same_in_every_process",),
    ),
    Bug(
        "a set is written in the order that it happens to have",
        "blocks/base/canonical.py",
        "    return sorted((plain(item) for item in value), key=canonical_bytes)",
        "    return [plain(item) for item in value]",
        (f"{CANONICAL}::test_every_process_writes_the_same_bytes",),
    ),
    Bug(
        "a value may change when it is read again",
        "blocks/base/canonical.py",
        "        if again != data:\n",
        "        if len(again) < len(data):\n",
        (f"{CANONICAL}::test_a_value_that_changes_when_it_is_read_is_not_recorded",),
    ),
    Bug(
        "money is a float",
        "blocks/base/money.py",
        "    return int((dollars * NANO).to_integral_value(rounding=ROUND_UP))",
        "    return int(float(dollars) * 1e9)",
        (f"{MONEY}::test_a_price_per_token_is_exact_and_a_cost_is_never_rounded_down",),
    ),
)

OF_LEDGERS = (
    Bug(
        "the hash of an event leaves out its time",
        "blocks/state/chain.py",
        "{seq},{at},{_quoted(kind)}",
        "{seq},{_quoted(kind)}",
        (f"{LEDGER}::test_an_edited_event_is_found_where_it_stands",),
    ),
    Bug(
        "the hash of an event leaves out its kind",
        "blocks/state/chain.py",
        "{_quoted(kind)},{_quoted(body)}",
        "{_quoted(body)}",
        (f"{LEDGER}::test_an_edited_event_is_found_where_it_stands",),
    ),
    Bug(
        "no head is signed at the end of a run",
        "blocks/durable/anchor.py",
        "        with self._writing:\n            self._write(run_id, growth)\n        self._growing.pop(run_id, None)",
        "        self._growing.pop(run_id, None)",
        (f"{HEADS}::test_a_head_is_signed_every_so_many_events_and_at_the_end",),
    ),
    Bug(
        "a head is signed over a history that was rewritten",
        "blocks/durable/anchor.py",
        "        if (tree.size, tree.root().hex()) != (last.size, last.root):",
        "        if tree.size < last.size:",
        (f"{HEADS}::test_a_history_that_was_rewritten_is_not_signed_again",),
    ),
    Bug(
        "a line among the heads that is no JSON is evaluated",
        "blocks/state/head_shelf.py",
        "        return parse_head(line)\n",
        '        return parse_head(line) if line.startswith(b"{") else eval(line)\n',
        (f"{HOSTILE}::test_a_hostile_line_among_the_heads_is_no_head_and_nothing_runs",),
    ),
    Bug(
        "the signature of a head is not checked",
        "blocks/state/signing.py",
        "            key.verify(signature, head.signed_bytes())\n",
        "            len(signature)\n",
        (f"{HEADS}::test_a_head_with_one_field_changed_is_not_trusted",),
    ),
    Bug(
        "a check does not hold the events against their signed root",
        "blocks/state/chain.py",
        "        if self._tree.root().hex() == head.root and self.last_hash == head.head:",
        "        if head.size:",
        ("tests/unit/test_walk.py::test_only_the_signed_head_tells_a_chain_that_was_rebuilt",),
    ),
    Bug(
        "a check does not ask for the end that a head knows",
        "blocks/state/chain.py",
        "        if self.finding is None and self._heads:",
        "        if self.finding is None and self._heads and not self.events:",
        (f"{VERIFY}::test_what_is_changed_in_an_export_is_named",),
    ),
    Bug(
        "a check of the database stops after its first page",
        "blocks/state/audit.py",
        "where(events.c.run_id == run_id).order_by(events.c.seq)\n    try:",
        "where(events.c.run_id == run_id).order_by(events.c.seq).limit(10)\n    try:",
        (f"{HEADS}::test_a_head_is_signed_every_so_many_events_and_at_the_end",),
    ),
    Bug(
        "a check of an export stops after its first run",
        "blocks/state/verify.py",
        "        report.add(walk)\n    for run_id in",
        "        report.add(walk)\n        return report\n    for run_id in",
        (f"{VERIFY}::test_what_is_changed_in_an_export_is_named",),
    ),
)

BUGS: tuple[Bug, ...] = (
    *OF_BYTES,
    *OF_ROWS,
    *OF_COMMITS,
    *OF_KEYS,
    *OF_LEDGERS,
    *OF_DECISIONS,
    *OF_SECRETS,
    *OF_MONEY,
    *OF_WEIGHTS,
)
