"""The doctor's look at buckets: can they be reached, and, where that is asked for, can they be trusted."""

from collections.abc import Iterator
from typing import Literal

from blocks.artifacts.trial_of_store import try_store
from blocks.base.bucket import Bucket
from blocks.base.bucket_failures import BucketRefused, BucketUnavailable

Told = tuple[Literal["ok", "warning", "problem"], str, str]
"""How it stands, what was found, what to do."""

_ADVICE = {
    "NoSuchBucket": "Create the bucket, or correct its name.",
    "InvalidAccessKeyId": "Correct HOLDFAST_S3_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "Correct HOLDFAST_S3_SECRET_ACCESS_KEY.",
    "AccessDenied": "Let this key list, read and write the bucket: s3:ListBucket, s3:GetObject, s3:PutObject.",
    "PermanentRedirect": "Correct HOLDFAST_S3_REGION: the bucket is in another one.",
    "AuthorizationHeaderMalformed": "Correct HOLDFAST_S3_REGION: the bucket is in another one.",
    "RequestTimeTooSkewed": "Set the clock of this machine.",
}
_REACH = "Is HOLDFAST_S3_ENDPOINT_URL right, does the store run, and are there keys? See `holdfast status`."


def look_at(what: str, bucket: Bucket) -> Told:
    """Can the bucket be listed with these keys? Three calls, which change nothing."""
    try:
        next(bucket.keys(at_a_time=1), None)
    except BucketRefused as refusal:
        return "problem", f"{refusal}", _ADVICE.get(refusal.code, f"The store says {refusal.code}.")
    except BucketUnavailable as error:
        return "problem", f"{error}", _REACH
    hints = [hint for hint in (_versions(bucket), _lock(bucket) if what == "heads" else "") if hint]
    return "ok", f"{bucket.url} answers{''.join(f', {hint}' for hint in hints)}", ""


def trials(buckets: dict[str, Bucket]) -> Iterator[tuple[str, Told]]:
    """Each promise of each bucket, tried by writing. Some seconds for a bucket."""
    for what, bucket in buckets.items():
        for finding in try_store(bucket):
            if not finding.fault:
                yield what, ("ok", finding.promise, "")
            elif finding.is_needed:
                advice = "Do not keep work there: what is recorded could be lost."
                yield what, ("problem", f"not kept: {finding.promise}: {finding.fault}", advice)
            else:
                advice = "Nothing is lost by it; where two mend one damage at one moment, an answer may be paid again."
                yield what, ("warning", f"not kept: {finding.promise}: {finding.fault}", advice)


def _versions(bucket: Bucket) -> str:
    status = _asked(bucket, "get_bucket_versioning", "Status")
    return (
        "keeps older versions" if status == "Enabled" else "keeps no older versions" if status is None else ""
    )


def _lock(bucket: Bucket) -> str:
    locked = _asked(bucket, "get_object_lock_configuration", "ObjectLockConfiguration")
    return (
        "objects are locked"
        if isinstance(locked, dict)
        else "objects are not locked: who has its keys can delete heads"
    )


def _asked(bucket: Bucket, operation: str, field: str) -> object:
    """A field of the answer, None where it is not set, "" where this key may not ask."""
    try:
        return bucket.ask(operation).get(field)
    except BucketUnavailable:
        return ""
