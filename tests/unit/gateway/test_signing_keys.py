"""What keys sign with: derived from the secret, wrapped where it lies, and opened by the gateways alone."""

import pytest
from support.gateway import Stage, assert_problem, settings_with, stage_with
from support.signing import send, signer

KEYS = "/v1/keys"


async def test_both_secrets_of_a_rotation_sign_until_the_old_one_ends(stage: Stage) -> None:
    old = await signer(stage)
    path = f"{KEYS}/{old.split('_')[1]}"
    new = (await stage.client.post(f"{path}/rotate")).json()["api_key"]
    assert [(await send(stage.client, key, "GET", "/v1")).status_code for key in (old, new)] == [
        200,
        200,
    ]
    shown = (await stage.client.get(path)).json()
    assert shown["previous"]["last_used_at"] is not None
    await stage.client.delete(f"{path}/secrets/previous")
    assert [(await send(stage.client, key, "GET", "/v1")).status_code for key in (old, new)] == [
        401,
        200,
    ]


async def test_what_lies_on_the_log_signs_nothing(stage: Stage) -> None:
    """A thief of the access log has digests, and signing keys that only the gateways' secret opens."""
    key = await signer(stage)
    record = stage.keyring.key(key.split("_")[1])
    assert record is not None
    for stolen in (record.digest[:48], record.digest[16:]):
        forged = f"cloche_{record.id}_{stolen}"
        assert (await send(stage.client, forged, "GET", "/v1")).status_code == 401


async def test_under_another_secret_of_the_gateways_it_is_refused_and_said(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    key = await signer(stage)
    record = stage.keyring.key(key.split("_")[1])
    assert record is not None
    async with stage_with(api_key="another-key-of-the-tests-0123") as other:
        assert await other.keyring.take_in(record) == "taken"
        answer = await send(other.client, key, "GET", "/v1")
        assert_problem(answer, 401, "signature_invalid")
    assert "signing_key_not_unwrapped" in "".join(capfd.readouterr())
    # The first key still opens what was wrapped before there was a secret of its own.
    async with stage_with(wrap_secret="w" * 40) as moved:
        assert await moved.keyring.take_in(record) == "taken"
        assert (await send(moved.client, key, "GET", "/v1")).status_code == 200
        newer = await signer(moved)
        wrapped = moved.keyring.key(newer.split("_")[1])
        assert wrapped is not None
    # And so does a secret that was replaced.
    async with stage_with(wrap_secret="n" * 40, previous_wrap_secret="w" * 40) as again:
        assert await again.keyring.take_in(wrapped) == "taken"
        assert (await send(again.client, newer, "GET", "/v1")).status_code == 200


def test_a_secret_that_wraps_others_is_long() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        settings_with(wrap_secret="short")
