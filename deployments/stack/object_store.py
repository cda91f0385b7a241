"""S3 on this machine: buckets in a folder, with create-only writes and versions."""

import http.client
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from blocks.base.errors import HoldfastError
from deployments.local_server.environment import LOOPBACK
from deployments.stack.errors import ServerNotInstalled
from deployments.stack.server import Server, own_environment

REGION = "us-east-1"
_VERSIONED = (
    b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Status>Enabled</Status></VersioningConfiguration>"
)


class BucketNotMade(HoldfastError):
    """The S3 store did not make the bucket {bucket}: it answered {status}."""

    next = "Read its log (`holdfast status` tells where), then run the same command again."


class ObjectStore(Server):
    """The store in *folder*, with its *buckets*. Its secret is the access key id.

    Objects and their versions are in the folder when a write is answered, but may still wait for the disk: they outlive
    a killed process, not always a loss of power.
    """

    what = "The S3 store"
    first_port = 4570

    def __init__(self, folder: Path, *buckets: str) -> None:
        super().__init__(folder)
        self.buckets = buckets

    @property
    def endpoint_url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.port}"

    def create(self, bucket: str) -> None:
        """Make the bucket where it is not there, and let it keep versions. Raises BucketNotMade."""
        # Versioning is forgotten when the store is killed, so it is said again at each start.
        for path, body, good in (
            (f"/{bucket}", b"", (200, 409)),
            (f"/{bucket}?versioning", _VERSIONED, (200,)),
        ):
            status = self._ask(self.port, "PUT", path, body, timeout_seconds=30)
            if status not in good:
                raise BucketNotMade(bucket=bucket, status=status or "nothing")

    def command(self, port: int) -> list[str]:
        """A process of ours around it."""
        return [sys.executable, "-m", "deployments.stack.s3_door"]

    def environment(self, port: int) -> Mapping[str, str]:
        """S3 alone, on loopback, all of it kept; no Docker is looked for."""
        place = self.folder
        return {
            **own_environment("AWS_", "S3_", "MINISTACK_", "LOCALSTACK_", "USE_SSL", "AUTH"),
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(port),
            "SERVICES": "s3",
            "MINISTACK_REGION": REGION,
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(place / "objects"),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(place / "state"),
            "S3_DOOR_KEY": self.secret,
            # Both would listen on every address of the machine.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{place}/no-docker",
            "TMPDIR": str(place),
            "LOG_LEVEL": "WARNING",
        }

    def prepare(self) -> None:
        """See that it is installed."""
        if find_spec("ministack") is None:
            raise ServerNotInstalled(what="ministack, the S3 store,")

    def settle(self) -> None:
        """Make the buckets that are missing."""
        for bucket in self.buckets:
            self.create(bucket)

    def answers(self, port: int) -> bool:
        """Ask for the list of buckets, some ms; a store that lets in anybody is not this one."""
        return self._ask(port, "GET", "/", timeout_seconds=2) == http.client.OK and not self._lets_in_anybody(
            port
        )

    def _lets_in_anybody(self, port: int) -> bool:
        return self._ask(port, "GET", "/", key="nobody", timeout_seconds=2) != http.client.FORBIDDEN

    def _ask(
        self, port: int, method: str, path: str, body: bytes = b"", *, timeout_seconds: float, key: str = ""
    ) -> int:
        """The status of its answer, 0 where there is none."""
        said = f"AWS4-HMAC-SHA256 Credential={key or self.secret}/20200101/{REGION}/s3/aws4_request"
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_seconds)
        try:
            connection.request(method, path, body, {"Authorization": said})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
