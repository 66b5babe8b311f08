"""Requests that are signed: taken once, within their time, as they were signed, and never by what they tell."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator

import httpx2
import pytest
from cloche_schemas.access import KeyRecord
from cloche_schemas.signing import EMPTY_DIGEST, WINDOW_SECONDS, content_digest, sign
from msgspec.structs import replace
from support.gateway import HELLO, Stage, assert_problem, stage_with
from support.signing import JSON, send, send_as, signer

PATH, KEYS = "/v1/evaluations", "/v1/keys"
BODY = b'{"code":"print(1)"}'


async def used_up(stage: Stage) -> int:
    return (await stage.bus.ledgers.nonces.state()).last


async def test_a_signed_request_needs_no_key_on_its_way(stage: Stage) -> None:
    key = await signer(stage)
    about = await send(stage.client, key, "GET", "/v1")
    assert (about.status_code, about.json()["key"]) == (200, key.split("_")[1])
    submitted = await send(stage.client, key, "POST", PATH, HELLO)
    assert submitted.status_code == 202
    listed = await send(stage.client, key, "GET", f"{PATH}?limit=5&status=queued")
    assert listed.status_code == 200
    head = await send(stage.client, key, "HEAD", f"/v1/blobs/{'0' * 64}")
    assert head.status_code == 404
    assert key not in str(submitted.request.headers)


async def test_a_key_that_need_not_sign_may(stage: Stage) -> None:
    key = await signer(stage, require_signature=False)
    assert (await send(stage.client, key, "GET", "/v1")).status_code == 200
    header = {"Authorization": f"Bearer {key}"}
    assert (await stage.client.get("/v1", headers=header)).status_code == 200


async def test_a_key_that_must_sign_is_not_taken_by_itself(stage: Stage) -> None:
    key = await signer(stage)
    answer = await stage.client.get("/v1", headers={"Authorization": f"Bearer {key}"})
    assert_problem(answer, 401, "signature_required", "/header/Authorization")
    assert answer.headers["www-authenticate"] == "Signature"
    # Only who has the key is told that.
    wrong = key[:-1] + ("1" if key[-1] != "1" else "2")
    answer = await stage.client.get("/v1", headers={"Authorization": f"Bearer {wrong}"})
    assert_problem(answer, 401, "unauthorized")


async def test_a_request_is_taken_once(stage: Stage) -> None:
    key = await signer(stage)
    headers = sign(key, "POST", PATH, BODY)
    answers = [await send_as(stage.client, headers, "POST", PATH, BODY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 401]
    assert_problem(answers[1], 401, "signature_replayed", "/header/Signature")
    assert await stage.length() == 1


async def test_of_many_that_come_at_once_one_is_taken(stage: Stage) -> None:
    key = await signer(stage)
    headers = sign(key, "POST", PATH, BODY)
    answers = await asyncio.gather(
        *(send_as(stage.client, headers, "POST", PATH, BODY) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [202] + [401] * 7
    assert await stage.length() == 1


async def test_two_keys_may_choose_the_same_nonce(stage: Stage) -> None:
    for key in [await signer(stage), await signer(stage)]:
        headers = sign(key, "GET", "/v1", nonce="the-same-for-both")
        assert (await send_as(stage.client, headers, "GET", "/v1")).status_code == 200


@pytest.mark.parametrize(
    ("away", "status"),
    [
        (0, 200),
        (-WINDOW_SECONDS + 5, 200),
        (WINDOW_SECONDS - 5, 200),
        (-WINDOW_SECONDS - 2, 401),
        (WINDOW_SECONDS + 2, 401),
        (-(10**9), 401),
    ],
)
async def test_it_is_good_for_five_minutes_either_way(stage: Stage, away: int, status: int) -> None:
    key = await signer(stage)
    headers = sign(key, "GET", "/v1", created=int(time.time()) + away)
    answer = await send_as(stage.client, headers, "GET", "/v1")
    assert answer.status_code == status, answer.text
    if status == 401:
        assert_problem(answer, 401, "signature_expired")
        assert await used_up(stage) == 0


async def test_what_was_signed_for_one_request_is_good_for_no_other(stage: Stage) -> None:
    key = await signer(stage)
    for method, url, body in (
        ("PUT", PATH, BODY),
        ("POST", f"{PATH}?x=1", BODY),
        ("POST", "/v1/batches", BODY),
    ):
        answer = await send_as(stage.client, sign(key, "POST", PATH, BODY), method, url, body)
        # A method that the address does not take is refused before anybody looks at the signature.
        assert answer.json()["code"] == (
            "signature_invalid" if url != PATH else "method_not_allowed"
        )
    assert (await used_up(stage), await stage.length()) == (0, 0)


async def test_the_order_of_a_query_is_part_of_what_is_signed(stage: Stage) -> None:
    key = await signer(stage)
    headers = sign(key, "GET", f"{PATH}?limit=5&status=queued")
    other = await send_as(stage.client, headers, "GET", f"{PATH}?status=queued&limit=5")
    assert_problem(other, 401, "signature_invalid")
    assert (await send_as(stage.client, headers, "GET", f"{PATH}?limit=5&status=queued")).is_success


async def test_another_body_is_not_taken(stage: Stage) -> None:
    key = await signer(stage)
    headers = sign(key, "POST", PATH, BODY)
    answer = await send_as(stage.client, headers, "POST", PATH, BODY.replace(b"1", b"2"))
    assert_problem(answer, 401, "content_digest_mismatch", "/header/Content-Digest")
    # And with it goes its nonce.
    again = await send_as(stage.client, headers, "POST", PATH, BODY)
    assert_problem(again, 401, "signature_replayed")
    changed = headers | {"Content-Digest": content_digest(b"other")}
    answer = await send_as(stage.client, changed, "POST", PATH, b"other")
    assert_problem(answer, 401, "signature_invalid")
    assert await stage.length() == 0


async def test_a_body_that_comes_in_pieces_is_hashed_as_it_comes() -> None:
    data = bytes(range(256)) * 2000
    digest = hashlib.sha256(data).hexdigest()
    path = f"/v1/blobs/{digest}"

    async def pieces(cut: int) -> AsyncIterator[bytes]:
        for at in range(0, cut, 4096):
            yield data[at : at + 4096]

    async with stage_with() as stage:
        key = await signer(stage)
        for cut, status in ((len(data) - 4096, 401), (len(data), 201)):
            request = stage.client.build_request(
                "PUT", path, content=pieces(cut), headers=sign(key, "PUT", path, data)
            )
            del request.headers["Authorization"]
            answer = await stage.client.send(request)
            assert answer.status_code == status, answer.text
            if status == 401:
                # Before anybody has looked at what it is: nothing of it stays.
                assert_problem(answer, 401, "content_digest_mismatch")
                assert (stage.objects._objects, stage.objects._uploads) == ({}, {})


async def test_a_body_over_the_limit_is_refused_before_it_is_hashed() -> None:
    body = b'{"code":"' + b"#" * 4000 + b'"}'
    async with stage_with(body_bytes=1024) as stage:
        key = await signer(stage)
        answer = await send_as(stage.client, sign(key, "POST", PATH, body), "POST", PATH, body)
        assert_problem(answer, 413, "body_too_large")


@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest"])
async def test_every_header_is_needed_once(stage: Stage, name: str) -> None:
    key = await signer(stage)
    headers = sign(key, "GET", "/v1")
    without = {k: v for k, v in headers.items() if k != name}
    answer = await send_as(stage.client, without, "GET", "/v1")
    assert_problem(answer, 401, "signature_invalid", f"/header/{name}")
    twice = [*headers.items(), (name, headers[name])]
    request = stage.client.build_request("GET", "/v1", headers=httpx2.Headers(twice))
    del request.headers["Authorization"]
    assert_problem(await stage.client.send(request), 401, "signature_invalid", f"/header/{name}")
    assert await used_up(stage) == 0


async def test_a_signature_beside_a_key_is_refused(stage: Stage) -> None:
    key = await signer(stage, require_signature=False)
    headers = sign(key, "GET", "/v1") | {"Authorization": f"Bearer {key}"}
    answer = await send_as(stage.client, headers, "GET", "/v1")
    assert_problem(answer, 401, "signature_invalid")


async def test_keys_that_are_unknown_over_or_another_s_are_all_answered_alike(
    stage: Stage,
) -> None:
    """Nothing tells whether a key exists, nor how much of a signature fits."""
    good = await signer(stage)
    revoked = await signer(stage)
    await stage.client.delete(f"{KEYS}/{revoked.split('_')[1]}")
    unknown = f"cloche_aaaaaaaaaaaa_{'0' * 48}"
    wrong = good.rpartition("_")[0] + "_" + "0" * 48
    old = await signer(stage, require_signature=False)
    record = stage.keyring.key(old.split("_")[1])
    assert isinstance(record, KeyRecord)
    assert await stage.keyring._append(replace(record, signing_key=""))
    answers = []
    for key in (revoked, unknown, wrong, old):
        answer = await send(stage.client, key, "GET", "/v1")
        problem = answer.json()
        for own in ("request_id", "trace_id"):
            problem.pop(own)
        answers.append((answer.status_code, problem, answer.headers["www-authenticate"]))
    assert answers[0][0] == 401
    assert answers[0][1]["code"] == "signature_invalid"
    assert answers == [answers[0]] * 4
    assert await used_up(stage) == 0


async def test_a_signature_is_compared_to_its_last_bit(stage: Stage) -> None:
    key = await signer(stage)
    headers = sign(key, "GET", "/v1")
    made = bytearray(base64.b64decode(headers["Signature"][6:-1]))
    for place in (0, 31):
        made[place] ^= 1
        changed = headers | {"Signature": f"sig1=:{base64.b64encode(made).decode()}:"}
        answer = await send_as(stage.client, changed, "GET", "/v1")
        assert_problem(answer, 401, "signature_invalid")
        made[place] ^= 1
    assert (await send_as(stage.client, headers, "GET", "/v1")).status_code == 200


async def test_while_nonces_cannot_be_used_up_nobody_is_let_in(stage: Stage) -> None:
    key = await signer(stage)
    await stage.gateway.audit.close(1.0)
    stage.bus.available = False
    answer = await send(stage.client, key, "GET", "/v1")
    assert_problem(answer, 503, "unavailable")
    stage.bus.available = True
    assert (await send(stage.client, key, "GET", "/v1")).status_code == 200


async def test_while_no_key_is_known_a_signature_is_no_reason_to_refuse_somebody(
    stage: Stage,
) -> None:
    key = await signer(stage)
    stage.keyring._keys.clear()
    stage.keyring.ready.clear()
    assert_problem(await send(stage.client, key, "GET", "/v1"), 503, "unavailable")


async def test_bodies_of_requests_that_are_not_signed_are_nobody_s_business(stage: Stage) -> None:
    answer = await stage.client.post(
        PATH, content=BODY, headers=JSON | {"Content-Digest": EMPTY_DIGEST}
    )
    assert answer.status_code == 202
