"""Why encrypted content cannot be opened: a key that is away, or content that was erased."""

from blocks.base.errors import HoldfastError


class Locked(HoldfastError):
    """Encrypted content cannot be opened."""

    safe = "Nothing was run again and nothing was shown; everything recorded is kept."
    next = "See `holdfast doctor`. When the key is back, `holdfast runs resume RUN` goes on."
    parks = "repair"


class NoKeys(Locked):
    """What is recorded is encrypted, and this world has no keys."""

    next = (
        "Choose the profile that it was recorded with, or give its keys: HOLDFAST_ENCRYPTION_KEYS=ID:BASE64. "
        "Then `holdfast runs resume RUN` goes on."
    )


class KeyMissing(Locked):
    """The encryption key {key_id!r} is not there."""

    next = (
        "Give it beside the current one in HOLDFAST_ENCRYPTION_KEYS, in the file of keys, or in AWS KMS; "
        "then `holdfast runs resume RUN` goes on."
    )


class KeyWrong(Locked):
    """The encryption key {key_id!r} is another one than the one of that name that was used."""

    next = "Give the right key under that name; then `holdfast runs resume RUN` goes on."


class DataKeyMissing(Locked):
    """The data key {data_key_id!r} is not in the state database."""

    next = "Restore the state database from a backup that has it; then `holdfast runs resume RUN` goes on."


class KeysUnavailable(Locked):
    """The service that keeps the encryption keys does not answer:"""

    next = "When it is back, the run goes on by itself where `holdfast up` keeps watch."
    parks = "outage"


class NothingEncrypted(HoldfastError):
    """This world has no encryption keys, and what it keeps is not encrypted."""

    safe = "Nothing was changed."
    next = "Choose a profile with keys, or give them: HOLDFAST_ENCRYPTION_KEYS=ID:BASE64."


class Erased(HoldfastError):
    """What was kept for {subject!r} was erased on {at}, for ever."""

    safe = "The ledger still tells what was done; every other subject's results are kept."
    next = "To process it anew, and pay for it: `holdfast runs resume RUN --recompute STAGE`."
