"""`holdfast storage rotate-key` and `holdfast storage erase`: the keys that everything kept is encrypted with."""

from types import ModuleType
from typing import Annotated

from cyclopts import Parameter

from blocks.base.errors import Misuse
from deployments.console.failure import DONE, MISUSED
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, choose_profile
from deployments.console.past import late
from deployments.console.screen import out, say
from deployments.console.wording import count

Subject = Annotated[
    str, Parameter(help="What a stage worked for: a document's name; the id of a run that works for none.")
]
Shared = Annotated[
    bool,
    Parameter(
        name="--with-shared",
        negative="",
        show_default=False,
        help="Also erase the others that work with the same content.",
    ),
]
Yes = Annotated[
    bool,
    Parameter(
        name="--yes", negative="", show_default=False, help="Erase; without it, only tell what would be."
    ),
]


class NotConfirmed(Misuse):
    """Erasing cannot be undone, and was not confirmed."""

    safe = "Nothing was erased."
    next = "Type the same command again with --yes."


def rotate_key(*, profile: Profile = None, json: AsJson = False) -> int:
    """Wrap all data keys with the current encryption key. No artifact is written anew, and runs may wait or go on.

    First give every process the new key behind the current one. Then put it first
    everywhere, and rotate. Then take the old one away.

    For example:

        HOLDFAST_ENCRYPTION_KEYS=2026:NEW,2025:OLD holdfast storage rotate-key
    """
    choose_profile(profile)
    done = _late("rotation").rotate(late("blocks.durable.world").current())
    if json:
        print_json({"key_id": done.key_id, "rewrapped": done.rewrapped, "retired": list(done.retired)})
        return DONE
    say(f"{count(done.rewrapped, 'data key')} wrapped with {done.key_id}; none is left under another key.")
    if done.retired:
        say(f"No longer needed: {', '.join(done.retired)}.")
    return DONE


def erase(
    subject: Subject,
    /,
    *,
    with_shared: Shared = False,
    yes: Yes = False,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Delete the keys of one subject, so that nothing kept for it can be read again, by anybody, ever.

    Its stages, digests, costs and times stay in the record, and the ledger still
    verifies. Backups of the state database that are older hold the keys: rotate
    afterwards, and destroy the old encryption key, and they open nothing either.

    For example:

        holdfast storage erase invoice-7.pdf
        holdfast storage erase invoice-7.pdf --yes
    """
    choose_profile(profile)
    erasure = _late("erasure")
    here = late("blocks.durable.world").current()
    found = erasure.erase(here, subject, with_shared=with_shared, only_look=not yes)
    if json:
        print_json({"erased": yes, **vars(found)})
    else:
        _show(found, "erased" if yes else "would be erased")
    if yes:
        return DONE
    if json:
        return MISUSED
    raise NotConfirmed


def _late(module: str) -> ModuleType:
    late("blocks.profile")
    return late(f"blocks.durable.{module}")


def _show(found: object, verb: str) -> None:
    told = vars(found)
    for subject in told["subjects"]:
        out().print(f"{subject}: {verb}", markup=False, soft_wrap=True)
    keys, runs = count(len(told["data_keys"]), "data key"), count(len(told["run_ids"]), "run")
    asked = count(len(told["approval_ids"]), "waiting approval")
    say(f"{keys} of {runs}, {asked} void.")
