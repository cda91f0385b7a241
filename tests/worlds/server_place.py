"""A place on servers, as the environment names it: a database and buckets of its own; and all that stands there."""

from collections.abc import Iterator, Mapping
from uuid import uuid4

from sqlalchemy import create_engine, text

from blocks.base.bucket_access import BucketAccess
from deployments.stack.object_store import ObjectStore
from deployments.stack.postgres import Postgres
from tests.worlds.object_store import access_of
from tests.worlds.postgres import new_database

_TABLES = (
    "SELECT table_schema, table_name FROM information_schema.tables "
    "WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'accounting')"
)


def place_on(postgres: Postgres, store: ObjectStore) -> dict[str, str]:
    """A new one, with nothing in it; only a profile that keeps its work on servers looks there."""
    url = new_database(postgres)
    names = {one: f"{one.lower()}-{uuid4().hex}" for one in ("ARTIFACTS", "HEADS")}
    for name in names.values():
        store.create(name)
    return {
        "HOLDFAST_STATE_URL": url,
        "HOLDFAST_ACCOUNTING_URL": url,
        **{f"HOLDFAST_{one}_URL": f"s3://{name}" for one, name in names.items()},
        "HOLDFAST_S3_ENDPOINT_URL": store.endpoint_url,
        "HOLDFAST_S3_ACCESS_KEY_ID": store.secret,
        "HOLDFAST_S3_SECRET_ACCESS_KEY": store.secret,
    }


def stands_in(place: Mapping[str, str], store: ObjectStore) -> Iterator[tuple[str, bytes]]:
    """All rows but those of the books, and all objects, each with where it stands."""
    yield from _rows(place["HOLDFAST_STATE_URL"])
    access = access_of(store)
    for what in ("ARTIFACTS", "HEADS"):
        yield from _objects(access, place[f"HOLDFAST_{what}_URL"].removeprefix("s3://"))


def _rows(url: str) -> Iterator[tuple[str, bytes]]:
    """As PostgreSQL writes them; bytes in hex digits."""
    engine = create_engine(url)
    with engine.connect() as connection:
        for schema, table in connection.execute(text(_TABLES)).all():
            for row in connection.execute(text(f'SELECT t::text FROM "{schema}"."{table}" AS t')).scalars():  # noqa: S608  names of the catalogue
                yield f"{schema}.{table}", row.encode()
    engine.dispose()


def _objects(access: BucketAccess, bucket: str) -> Iterator[tuple[str, bytes]]:
    for page in access.client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for one in page.get("Contents", ()):
            yield (
                f"{bucket}/{one['Key']}",
                access.client.get_object(Bucket=bucket, Key=one["Key"])["Body"].read(),
            )
