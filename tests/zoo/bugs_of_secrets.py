"""Bugs where content is encrypted: a patch each, and the quickest tests that turn red by it."""

from tests.zoo.cage import Bug

CIPHER, KEYS = "tests/unit/test_cipher.py", "tests/unit/test_key_holder.py"
ROWS, ROTATION, ERASURE, CANARIES = (
    "tests/faults/test_encrypted_rows.py",
    "tests/faults/test_rotation.py",
    "tests/faults/test_erasure.py",
    "tests/faults/test_canaries.py",
)

OF_SECRETS = (
    Bug(
        "what is encrypted is not bound to its name",
        "blocks/artifacts/cipher.py",
        "self._keys.tenant, name]) + ",
        "self._keys.tenant]) + ",
        (f"{CIPHER}::test_swapped_envelopes_are_damage",),
    ),
    Bug(
        "what is encrypted is not bound to its header",
        "blocks/artifacts/cipher.py",
        ' + b"\\n" + line\n',
        "\n",
        (f"{CIPHER}::test_an_edited_header_is_damage",),
    ),
    Bug(
        "a plain envelope is taken in the place of an encrypted one",
        "blocks/artifacts/envelope.py",
        "        if cipher is not None and not cipher.accepts_plain:\n",
        "        if False:\n",
        (f"{CIPHER}::test_a_plain_envelope_in_an_encrypted_ones_place_is_damage",),
    ),
    Bug(
        "an artifact is named by the digest of what it holds",
        "blocks/artifacts/store.py",
        "        return name if self._cipher is None else self._cipher.public_name(name)\n",
        "        return name\n",
        (f"{CIPHER}::test_no_name_in_a_folder_is_the_digest_of_what_it_holds",),
    ),
    Bug(
        "a wrapped key unwraps in any row",
        "blocks/artifacts/key_holder.py",
        "        return nonce + AESGCM(self._keys[self.current]).encrypt(nonce, data_key, binding.encode())\n",
        "        return nonce + AESGCM(self._keys[self.current]).encrypt(nonce, data_key, None)\n",
        (f"{KEYS}::test_a_wrapped_key_is_unwrapped_by_the_same_key_for_the_same_binding_only",),
    ),
    Bug(
        "inputs stand in their rows as they are",
        "blocks/durable/commit.py",
        "    identity = replace(call.identity, inputs=inputs)\n",
        "    identity = call.identity\n",
        (f"{CANARIES}::test_no_secret_is_in_a_file_a_row_an_export_a_receipt_or_a_log",),
    ),
    Bug(
        "a reason stands in the ledger as it was typed",
        "blocks/durable/approvals.py",
        "    return replace(choice, answer=answer, answer_digest=digest_of(answer), reason=reason)\n",
        "    return replace(choice, answer=answer, answer_digest=digest_of(answer))\n",
        (f"{CANARIES}::test_no_secret_is_in_a_file_a_row_an_export_a_receipt_or_a_log",),
    ),
    Bug(
        "an exception's text is recorded",
        "blocks/durable/discretion.py",
        "    return name if is_discreet(world) else ",
        "    return ",
        (f"{CANARIES}::test_no_secret_is_in_a_file_a_row_an_export_a_receipt_or_a_log",),
    ),
    Bug(
        "a key that is away is taken for damage",
        "blocks/durable/damage.py",
        '    if error.parks != "repair" or isinstance(error, Locked):\n        return\n',
        '    if error.parks != "repair":\n        return\n',
        (f"{ROWS}::test_a_key_that_is_away_parks_the_run_and_nothing_is_run_or_damaged_for_it",),
    ),
    Bug(
        "without keys it goes on in clear",
        "blocks/durable/data_keys.py",
        "    if holder is None and not state.read(",
        "    if holder is None or not state.read(",
        (f"{ROWS}::test_a_key_that_is_away_parks_the_run_and_nothing_is_run_or_damaged_for_it",),
    ),
    Bug(
        "a rotation passes over keys",
        "blocks/state/data_key_rows.py",
        "data_keys.c.kek_id != kek_id)",
        "data_keys.c.kek_id != kek_id, data_keys.c.purpose == CONTENT)",
        (f"{ROTATION}::test_a_run_that_waits_goes_on_after_the_keys_were_rotated_and_the_old_one_is_gone",),
    ),
    Bug(
        "what others work with is erased without a word",
        "blocks/durable/erasure.py",
        "        if not with_shared:\n",
        "        if False:\n",
        (f"{ERASURE}::test_what_others_work_with_is_erased_only_where_that_is_said",),
    ),
    Bug(
        "an erased key stays in the file of the database",
        "blocks/durable/erasure.py",
        "    world.state.scrub()\n",
        "",
        (f"{ERASURE}::test_the_wrapped_key_is_in_no_file_of_the_database_any_more",),
    ),
    Bug(
        "an erasure is not told in the ledger",
        "blocks/durable/erasure.py",
        "                    self._tell(run_id, subject)\n",
        "                    pass\n",
        (f"{ERASURE}::test_what_was_erased_raises_by_name_and_the_ledger_still_verifies",),
    ),
    Bug(
        "a key that came back after its erasure is not found",
        "blocks/state/audit.py",
        " + self.erasures.faults(connection)",
        "",
        (f"{ERASURE}::test_a_key_that_is_gone_without_an_event_or_back_after_one_is_found",),
    ),
)
