"""`Objects` on any S3: AWS, SeaweedFS. Every call has a time-out and is tried a few times; all of them are idempotent.

It relies on conditional writes (If-None-Match, If-Match) being atomic; docs/adr/0003 has what was tried.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

import aioboto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cloche_kit.logs import get_logger
from cloche_kit.objects import (
    ATTACHMENT,
    BINARY,
    PART_BYTES,
    ObjectInfo,
    ObjectMissing,
    ObjectsUnavailable,
    PreconditionFailed,
    Upload,
)
from cloche_kit.s3_calls import ABSENT, REFUSED, asking, code, let_go, refusals, retried
from cloche_kit.s3_upload import S3Upload
from cloche_kit.settings import ObjectSettings

if TYPE_CHECKING:
    # Half a second of start-up, for types alone.
    from types_aiobotocore_s3.client import S3Client

CONNECTIONS = 64
READ_BYTES = 256 << 10
Page = list[ObjectInfo]

log = get_logger(__name__)


class _Condition(TypedDict):
    IfNoneMatch: NotRequired[str]
    IfMatch: NotRequired[str]


class S3Objects:
    """One bucket. `public` signs addresses for clients, who may reach the store under another name."""

    def __init__(self, client: "S3Client", bucket: str, public: "S3Client | None" = None) -> None:
        self._client = client
        self._public = public or client
        self.bucket = bucket

    async def ensure_bucket(self) -> None:
        """Make the bucket if there is none."""
        try:
            async with asking("create bucket"):
                await self._client.create_bucket(Bucket=self.bucket)
        except ClientError as error:
            if code(error) not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise ObjectsUnavailable(f"create bucket: {error}") from error

    async def put(
        self,
        key: str,
        data: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        content_type: str = BINARY,
    ) -> ObjectInfo | PreconditionFailed:
        condition = _Condition()
        if if_none_match:
            condition["IfNoneMatch"] = "*"
        elif if_match is not None:
            condition["IfMatch"] = if_match
        etag = await self._put(key, data, content_type, condition)
        let_go(len(data))
        if etag is not None:
            return ObjectInfo(key, len(data), etag)
        found = await self.get(key)
        return found[0] if found is not None and found[1] == data else PreconditionFailed(key)

    @retried
    async def _put(
        self, key: str, data: bytes, content_type: str, condition: _Condition
    ) -> str | None:
        """The etag, or None where the condition does not hold."""
        try:
            async with asking(f"put {key}"):
                answer = await self._client.put_object(
                    Bucket=self.bucket, Key=key, Body=data, ContentType=content_type, **condition
                )
        except ClientError as error:
            if code(error) == "NoSuchBucket":
                await self.ensure_bucket()
            # If-Match on what is not there: 412 on SeaweedFS, 404 on AWS.
            elif code(error) in REFUSED or (condition and code(error) in ABSENT):
                return None
            raise ObjectsUnavailable(f"put {key}: {error}") from error
        return answer["ETag"]

    @retried
    async def get(self, key: str) -> tuple[ObjectInfo, bytes] | None:
        try:
            async with asking(f"get {key}"):
                answer = await self._client.get_object(Bucket=self.bucket, Key=key)
                data = await answer["Body"].read()
        except ClientError as error:
            if code(error) in ABSENT:
                return None
            raise ObjectsUnavailable(f"get {key}: {error}") from error
        return ObjectInfo(key, len(data), answer["ETag"], answer["LastModified"]), data

    async def get_range(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        info = await self.head(key)
        if info is None:
            raise ObjectMissing(key)
        end = info.size if end is None else min(end, info.size)
        while start < end:
            # In pieces, so that no time-out has to allow for a whole large object.
            stop = min(start + PART_BYTES, end)
            piece = await self._read(key, start, stop - start, info.etag)
            start = stop
            for at in range(0, len(piece), READ_BYTES):
                yield piece[at : at + READ_BYTES]

    @retried
    async def _read(self, key: str, start: int, size: int, etag: str) -> bytes:
        range_ = f"bytes={start}-{start + size - 1}"
        try:
            async with asking(f"get {key}"):
                answer = await self._client.get_object(
                    Bucket=self.bucket, Key=key, Range=range_, IfMatch=etag
                )
                data: bytes = await answer["Body"].read()
        except ClientError as error:
            if code(error) in ABSENT | REFUSED:
                raise ObjectMissing(f"{key}: it was removed or replaced while read") from error
            raise ObjectsUnavailable(f"get {key}: {error}") from error
        if len(data) != size:
            raise ObjectsUnavailable(f"get {key}: {len(data)} bytes where {size} were asked for")
        return data

    @retried
    async def head(self, key: str) -> ObjectInfo | None:
        try:
            async with asking(f"head {key}"):
                answer = await self._client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if code(error) in ABSENT:
                return None
            raise ObjectsUnavailable(f"head {key}: {error}") from error
        return ObjectInfo(key, answer["ContentLength"], answer["ETag"], answer["LastModified"])

    async def list(self, prefix: str, *, after: str = "") -> AsyncGenerator[ObjectInfo, None]:
        while page := await self._page(prefix, after):
            for info in page:
                yield info
            after = page[-1].key

    @retried
    async def _page(self, prefix: str, after: str) -> Page:
        try:
            async with asking(f"list {prefix}"):
                answer = await self._client.list_objects_v2(
                    Bucket=self.bucket, Prefix=prefix, StartAfter=after
                )
        except ClientError as error:
            if code(error) == "NoSuchBucket":
                return []
            raise ObjectsUnavailable(f"list {prefix}: {error}") from error
        return [
            ObjectInfo(found["Key"], found["Size"], found["ETag"], found["LastModified"])
            for found in answer.get("Contents", [])
        ]

    @retried
    async def touch(self, key: str) -> bool:
        try:
            async with asking(f"touch {key}"):
                # S3 takes a copy onto itself only if it changes something: its metadata, to the same.
                await self._client.copy_object(
                    Bucket=self.bucket,
                    Key=key,
                    CopySource={"Bucket": self.bucket, "Key": key},
                    MetadataDirective="REPLACE",
                    ContentType=BINARY,
                )
        except ClientError as error:
            if code(error) in ABSENT:
                return False
            raise ObjectsUnavailable(f"touch {key}: {error}") from error
        return True

    @retried
    async def delete(self, key: str) -> None:
        with refusals(f"delete {key}"):
            async with asking(f"delete {key}"):
                await self._client.delete_object(Bucket=self.bucket, Key=key)

    def upload(
        self, key: str, *, part_bytes: int = PART_BYTES, content_type: str = BINARY
    ) -> Upload:
        return S3Upload(self, self._client, key, part_bytes=part_bytes, content_type=content_type)

    @retried
    async def abort_uploads(self, prefix: str, *, older: float = 0.0) -> int:
        before = datetime.now(UTC) - timedelta(seconds=older)
        count, key, upload_id = 0, "", ""
        with refusals(f"abort uploads {prefix}"):
            async with asking(f"abort uploads {prefix}"):
                while True:
                    answer = await self._client.list_multipart_uploads(
                        Bucket=self.bucket, Prefix=prefix, KeyMarker=key, UploadIdMarker=upload_id
                    )
                    found = answer.get("Uploads", [])
                    for upload in found:
                        if not older or upload["Initiated"] <= before:
                            await self.abort_upload(upload["Key"], upload["UploadId"])
                            count += 1
                    if not found or not answer.get("IsTruncated"):
                        return count
                    key, upload_id = found[-1]["Key"], found[-1]["UploadId"]

    async def abort_upload(self, key: str, upload_id: str) -> None:
        """Give the parts of one upload back; harmless if they are gone."""
        try:
            async with asking(f"abort upload {key}"):
                await self._client.abort_multipart_upload(
                    Bucket=self.bucket, Key=key, UploadId=upload_id
                )
        except ClientError as error:
            if code(error) != "NoSuchUpload":
                raise ObjectsUnavailable(f"abort upload {key}: {error}") from error

    async def presign(self, key: str, *, seconds: int, disposition: str = ATTACHMENT) -> str:
        wish = {
            "Bucket": self.bucket,
            "Key": key,
            # A browser that follows it must have nothing to show: the bytes are an untrusted program's.
            "ResponseContentDisposition": disposition,
            "ResponseContentType": BINARY,
        }
        return await self._public.generate_presigned_url(
            "get_object", Params=wish, ExpiresIn=seconds
        )

    async def ready(self) -> bool:
        try:
            async with asking("head bucket"):
                await self._client.head_bucket(Bucket=self.bucket)
        except (ClientError, ObjectsUnavailable):
            return False
        return True


@asynccontextmanager
async def open_objects(settings: ObjectSettings, *, make: bool = True) -> AsyncIterator[S3Objects]:
    """The bucket of `settings`, made if it is absent and `make` allows it.

    A store that is down is no error here: `ready` tells it, and every call raises.
    """
    session = aioboto3.Session(
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        region_name=settings.s3_region,
    )
    config = Config(
        connect_timeout=3.0,
        read_timeout=20.0,
        max_pool_connections=CONNECTIONS,
        retries={"total_max_attempts": 1},
        signature_version="s3v4",
        s3={"addressing_style": "path"},
    )
    async with AsyncExitStack() as stack:

        async def client_of(endpoint: str) -> "S3Client":
            opened = session.client("s3", endpoint_url=endpoint, config=config)
            return cast("S3Client", await stack.enter_async_context(opened))

        client = await client_of(settings.s3_endpoint)
        public = settings.s3_public_endpoint
        signer = None if public is None else await client_of(public)
        objects = S3Objects(client, settings.s3_bucket, signer)
        try:
            # Whoever may use a bucket that is there need not be allowed to make one.
            if make and not await objects.ready():
                await objects.ensure_bucket()
        except ObjectsUnavailable as error:
            log.warning("objects_unavailable", endpoint=settings.s3_endpoint, error=str(error))
        yield objects
