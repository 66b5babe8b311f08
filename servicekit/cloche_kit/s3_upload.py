"""A multipart upload to S3."""

import secrets
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloche_kit.crashpoint import crashpoint
from cloche_kit.objects import ObjectInfo, ObjectMissing, ObjectsUnavailable, Upload
from cloche_kit.s3_calls import asking, code, let_go, refusals, retried

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

    from cloche_kit.s3 import S3Objects

MARK = "cloche-upload"


class S3Upload(Upload):
    """A multipart upload. `mark` in the object's metadata tells it from one that somebody else completed."""

    def __init__(
        self,
        objects: "S3Objects",
        client: "S3Client",
        key: str,
        *,
        part_bytes: int,
        content_type: str,
    ) -> None:
        super().__init__(key, part_bytes)
        self._objects = objects
        self._client = client
        self._content_type = content_type
        self._id = ""
        self._mark = secrets.token_hex(8)
        self._parts: list[CompletedPartTypeDef] = []

    @retried
    async def _begin(self) -> None:
        with refusals(f"upload {self.key}"):
            async with asking(f"upload {self.key}"):
                answer = await self._client.create_multipart_upload(
                    Bucket=self._objects.bucket,
                    Key=self.key,
                    ContentType=self._content_type,
                    Metadata={MARK: self._mark},
                )
        self._id = answer["UploadId"]

    async def _part(self, data: bytes) -> None:
        await self._send(data)
        # Not before the call is over: what is still in use would be kept for the next collection of all.
        let_go(len(data))

    @retried
    async def _send(self, data: bytes) -> None:
        number = len(self._parts) + 1
        try:
            async with asking(f"part {number} of {self.key}"):
                answer = await self._client.upload_part(
                    Bucket=self._objects.bucket,
                    Key=self.key,
                    UploadId=self._id,
                    PartNumber=number,
                    Body=data,
                )
        except ClientError as error:
            raise self._lost(error) from error
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        crashpoint("part-placed")

    @retried
    async def _finish(self) -> ObjectInfo:
        try:
            async with asking(f"complete {self.key}"):
                answer = await self._client.complete_multipart_upload(
                    Bucket=self._objects.bucket,
                    Key=self.key,
                    UploadId=self._id,
                    MultipartUpload={"Parts": self._parts},
                )
        except ClientError as error:
            if (info := await self._completed_before()) is not None:
                return info
            raise self._lost(error) from error
        return ObjectInfo(self.key, self.size, answer["ETag"])

    async def _completed_before(self) -> ObjectInfo | None:
        """The object, if an earlier call of ours whose answer was lost made it."""
        try:
            async with asking(f"head {self.key}"):
                answer = await self._client.head_object(Bucket=self._objects.bucket, Key=self.key)
        except ClientError:
            return None
        if answer["Metadata"].get(MARK) != self._mark:
            return None
        return ObjectInfo(self.key, answer["ContentLength"], answer["ETag"], answer["LastModified"])

    async def _discard(self) -> None:
        await self._objects.abort_upload(self.key, self._id)

    async def _whole(self, data: bytes) -> ObjectInfo:
        info = await self._objects.put(self.key, data, content_type=self._content_type)
        assert isinstance(info, ObjectInfo)  # noqa: S101 - it had no condition
        return info

    def _lost(self, error: ClientError) -> ObjectMissing | ObjectsUnavailable:
        if code(error) == "NoSuchUpload":
            return ObjectMissing(f"{self.key}: the upload was aborted")
        return ObjectsUnavailable(f"upload {self.key}: {error}")
