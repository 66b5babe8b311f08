"""Blobs: inputs that are too large for a submission, stored once for each tenant under their own digest."""

import asyncio
import hashlib
from typing import Annotated

from cloche_kit.blobs import blob_key, refer
from cloche_schemas.values import SHA256
from cloche_schemas.views import BlobView
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from cloche_gateway.authentication import TheReader, TheWriter
from cloche_gateway.deps import TheGateway
from cloche_gateway.downloads import Content, deliver
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers, artifact_answer, takes_bytes
from cloche_gateway.output import redirects_of
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError, at
from cloche_gateway.recordings import Pieces
from cloche_gateway.settings import GatewaySettings

router = APIRouter(route_class=PlannedRoute, tags=["blobs"])
PATH = "/v1/blobs/{sha256}"
ADigest = Annotated[str, Path(pattern=SHA256, description="SHA-256 of the bytes, in hex")]


@router.put(
    PATH,
    summary="Store a blob",
    responses={
        **answers(201, BlobView, 401, 403, 408, 413, 422, 503),
        200: {"description": "It was there already"},
    },
    openapi_extra=takes_bytes(),
    status_code=201,
)
async def put(
    sha256: ADigest, request: Request, gateway: TheGateway, caller: TheWriter
) -> Response:
    """Bytes that submissions may refer to. Nothing is there before all of it is, and its digest is right."""
    objects, most = gateway.deps.objects, gateway.settings.blob_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise _too_large(most)
    headers = {"Location": f"/v1/blobs/{sha256}"}
    found = await refer(objects, caller.tenant, sha256)
    if found is not None:
        return json_response(BlobView(sha256=sha256, size=found.size), 200, headers)
    digest = hashlib.sha256()
    async with objects.upload(blob_key(caller.tenant, sha256)) as upload:
        try:
            async with asyncio.timeout(gateway.settings.blob_seconds):
                async for piece in request.stream():
                    if upload.size + len(piece) > most:
                        raise _too_large(most)
                    digest.update(piece)
                    await upload.write(piece)
        except TimeoutError:
            raise _too_slow(gateway.settings) from None
        if digest.hexdigest() != sha256:
            # Leaving with an error gives everything back that was uploaded.
            detail = f"the body has the digest {digest.hexdigest()}"
            raise ClientError("digest_mismatch", detail, errors=at("/path/sha256", detail))
    return json_response(BlobView(sha256=sha256, size=upload.size), 201, headers)


@router.head(PATH, response_class=Response, include_in_schema=False)
@router.get(PATH, summary="Read a blob", response_class=Response, responses=artifact_answer())
async def get(
    sha256: ADigest,
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    redirect: Annotated[
        bool,
        Query(description="rather answer 307 with an address in the store, where there is one"),
    ] = False,
) -> Response:
    """The bytes of a blob of this tenant; of HEAD whether it is there. Takes Range, If-Range and If-None-Match."""
    objects, key = gateway.deps.objects, blob_key(caller.tenant, sha256)
    found = await objects.head(key)
    if found is None:
        raise ClientError("not_found", "there is no such blob")

    async def part(start: int, end: int) -> bytes | Pieces:
        return objects.get_range(key, start=start, end=end)

    content = Content(
        size=found.size,
        sha256=sha256,
        disposition=f'attachment; filename="{sha256}"',
        key=key,
    )
    return await deliver(request, content, part, redirects_of(gateway) if redirect else None)


def _too_large(most: int) -> ClientError:
    detail = f"a blob may have at most {most} bytes"
    return ClientError("body_too_large", detail, errors=at("", detail))


def _too_slow(settings: GatewaySettings) -> ClientError:
    detail = f"the body did not arrive within {settings.blob_seconds:g} s"
    return ClientError("body_timeout", detail, headers={"Connection": "close"})
