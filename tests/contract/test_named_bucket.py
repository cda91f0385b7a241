"""A bucket is described once, in a block of Prefect, and a profile names it."""

from collections.abc import Generator
from urllib.parse import urlsplit

import pytest

from blocks import profile
from blocks.artifacts.store import ArtifactStore
from blocks.base.bucket import Bucket
from blocks.base.bucket_access import BucketAccess
from blocks.durable.named_bucket import NoBucketBlock, named_bucket
from deployments.stack.object_store import ObjectStore
from tests.worlds.object_store import access_of

prefect_aws = pytest.importorskip("prefect_aws", reason="prefect-aws is not installed here (holdfast[s3])")

SECRET = "a-secret-that-nobody-may-read"  # noqa: S105


@pytest.fixture(autouse=True)
def unloaded() -> Generator[None]:
    """As in a new process."""
    named_bucket.cache_clear()
    yield
    named_bucket.cache_clear()


def save(name: str, url: str, credentials: object) -> None:
    """Save a block on the server."""
    block = prefect_aws.S3Bucket(
        bucket_name=urlsplit(url).netloc, bucket_folder="of/holdfast", credentials=credentials
    )
    block.save(name, overwrite=True, _sync=True)


def test_a_block_names_bucket_folder_keys_and_endpoint(
    prefect_server: str,
    object_store: ObjectStore,
    bucket_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
):
    home = tmp_path_factory.mktemp("home")
    credentials = prefect_aws.AwsCredentials(
        aws_access_key_id=object_store.secret,
        aws_secret_access_key=SECRET,
        region_name="eu-central-1",
        aws_client_parameters=prefect_aws.AwsClientParameters(endpoint_url=object_store.endpoint_url),
    )
    save("papers", bucket_url, credentials)
    monkeypatch.setenv("HOLDFAST_S3_BLOCK", "papers")
    monkeypatch.setenv("HOLDFAST_HEADS_URL", f"{bucket_url}/heads")

    named = profile.load("laptop")
    digest = ArtifactStore(named.shelf(home)).put(b"some bytes", "text/plain")

    assert list(Bucket(bucket_url, access_of(object_store)).keys()) == [f"of/holdfast/{digest[:2]}/{digest}"]
    assert {what: one.url for what, one in named.buckets().items()} == {
        "artifacts": f"{bucket_url}/of/holdfast",
        "heads": f"{bucket_url}/heads",
    }
    assert named_bucket("papers")[1] == BucketAccess(
        object_store.endpoint_url, "eu-central-1", object_store.secret, SECRET
    )
    impatient = named.model_copy(update={"s3_answers_within_seconds": 2.0})
    for one in impatient.buckets().values():
        assert one._access.client.meta.config.read_timeout == 2.0
    assert SECRET not in f"{named!r} {named_bucket('papers')!r}"


def test_a_block_that_is_not_there_or_names_a_role_is_told(prefect_server: str, bucket_url: str):
    with pytest.raises(NoBucketBlock, match="'no-such-block'"):
        named_bucket("no-such-block")
    save("a-role", bucket_url, prefect_aws.AwsCredentials(profile_name="mine", aws_secret_access_key=SECRET))
    with pytest.raises(NoBucketBlock, match="a role") as told:
        named_bucket("a-role")
    assert SECRET not in f"{told.value!r}"
