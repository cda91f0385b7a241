"""What can go wrong with an object store, by name."""

from importlib import import_module
from typing import Any

NO_OBJECT = "NoSuchKey"


class BucketUnavailable(OSError):
    """An object store did not do what it was asked; whether it was done is not known."""


class BucketRefused(BucketUnavailable):
    """An object store answered no: *status* is HTTP's, *code* the store's word."""

    def __init__(self, told: str, status: int, code: str) -> None:
        super().__init__(told)
        self.status, self.code = status, code


def named(url: str, error: Exception) -> BucketUnavailable:
    """The failure of ours that tells of *error*, raised by boto3 or what it stands on."""
    failures = import_module("botocore.exceptions")
    if isinstance(error, failures.ClientError):
        told: dict[str, Any] = getattr(error, "response", {})
        status, words = told.get("ResponseMetadata", {}).get("HTTPStatusCode", 0), told.get("Error", {})
        code = str(words.get("Code"))
        return BucketRefused(f"{url}: {code}: {words.get('Message')}", int(status), code)
    return BucketUnavailable(f"{url}: {type(error).__name__}: {error}")
