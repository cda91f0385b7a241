"""A bucket that a person described in Prefect: a block of the kind `S3Bucket` (prefect-aws). Prefect is imported late."""

from functools import lru_cache
from importlib import import_module
from typing import Any

from blocks.base.bucket_access import BucketAccess
from blocks.base.errors import HoldfastError


class NoBucketBlock(HoldfastError):
    """The block {name!r} of Prefect (S3 Bucket) cannot be used:"""

    safe = "Nothing was done."
    next = "Save it in Prefect's page (Blocks) or from Python, or name another one with HOLDFAST_S3_BLOCK."


@lru_cache
def named_bucket(name: str) -> tuple[str, BucketAccess]:
    """The address (s3://BUCKET/FOLDER) and the access that the block tells; loaded once in a process.

    Costs a second, most of it imports, and two calls of Prefect's server. Raises NoBucketBlock, which tells nothing of
    what the block holds.
    """
    try:
        block: Any = import_module("prefect_aws").S3Bucket.load(name, _sync=True)
    except ModuleNotFoundError as error:
        raise NoBucketBlock("prefect-aws is not installed (holdfast[s3]).", name=name) from error
    except Exception as error:
        raise NoBucketBlock(f"it could not be loaded ({type(error).__name__}).", name=name) from None
    folder = str(block.bucket_folder).strip("/")
    return f"s3://{block.bucket_name}" + (f"/{folder}" if folder else ""), _access(name, block.credentials)


def _access(name: str, credentials: Any) -> BucketAccess:
    """What is taken of AwsCredentials or MinIOCredentials: keys, region and endpoint."""
    if getattr(credentials, "profile_name", None) or getattr(credentials, "assume_role_arn", None):
        raise NoBucketBlock(
            "it names a profile or a role; give keys, or none where the machine has them.", name=name
        )
    if hasattr(credentials, "minio_root_user"):
        key, secret, token = credentials.minio_root_user, credentials.minio_root_password, None
    else:
        key, secret = credentials.aws_access_key_id, credentials.aws_secret_access_key
        token = credentials.aws_session_token
    return BucketAccess(
        endpoint_url=str(credentials.aws_client_parameters.endpoint_url or ""),
        region=str(credentials.region_name or ""),
        access_key_id=str(key or ""),
        secret_access_key=str(secret.get_secret_value()) if secret else "",
        session_token=str(token or ""),
    )
