"""How to reach an object store. boto3 is imported at the first use."""

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from blocks.base.errors import HoldfastError

_CONNECTIONS = 64
_LONGEST_CONNECT_SECONDS = 5.0


class NoBucketDriver(HoldfastError):
    """The package for object stores, boto3, is not installed."""

    safe = "Nothing was done."
    next = "Install it: pip install 'holdfast[s3]'"


@dataclass(frozen=True)
class BucketAccess:
    """How to reach an object store. What is empty is found as AWS's own tools find it: environment, files, role."""

    endpoint_url: str = ""
    region: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    answers_within_seconds: float = 5.0

    def __post_init__(self) -> None:
        if "@" in urlsplit(self.endpoint_url).netloc:  # errors tell the address
            raise ValueError("the address of an object store holds no user and no password")

    @cached_property
    def client(self) -> Any:
        """A boto3 client; safe to share between threads, not across a fork. It does not retry by itself.

        Costs 0.1 s, and 0.4 s for the first in a process. Raises NoBucketDriver, and what
        boto3 raises where its settings are wrong.
        """
        try:
            session = import_module("boto3.session").Session()
        except ModuleNotFoundError as error:
            raise NoBucketDriver from error
        config = import_module("botocore.config").Config(
            connect_timeout=min(_LONGEST_CONNECT_SECONDS, self.answers_within_seconds),
            read_timeout=self.answers_within_seconds,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=_CONNECTIONS,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        given = {
            "endpoint_url": self.endpoint_url,
            "region_name": self.region or ("us-east-1" if self.endpoint_url else ""),
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
            "aws_session_token": self.session_token,
        }
        return session.client("s3", config=config, **{name: value for name, value in given.items() if value})
