"""Signatures: the vectors that every client shares, the RFC's own example, and that nothing can be changed unseen."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cloche_schemas import signing
from cloche_schemas.signing import BadSignature, Claim, Request, content_digest, read, sign
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

FILE = Path(__file__).parents[3] / "schemas" / "vectors" / "signing.json"
DOCUMENT: dict[str, Any] = json.loads(FILE.read_text())
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
KEY: str = DOCUMENT["api_key"]
SIGNING_KEY = bytes.fromhex(DOCUMENT["signing_key_hex"])


def request_of(vector: dict[str, Any]) -> Request:
    path, _, query = vector["url"].partition("?")
    return Request(vector["method"], path, query, vector["headers"]["Content-Digest"])


def claim_of(request: Request, headers: dict[str, str]) -> Claim:
    return read(request, headers["Signature-Input"], headers["Signature"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: str(one["name"]))
def test_what_is_signed_is_what_the_vectors_say(vector: dict[str, Any]) -> None:
    made = sign(
        KEY,
        vector["method"],
        vector["url"],
        vector["body"].encode(),
        created=vector["created"],
        nonce=vector["nonce"],
    )
    assert made == vector["headers"]
    claim = claim_of(request_of(vector), made)
    assert claim.base.decode() == vector["signature_base"]
    assert (claim.key, claim.created) == (DOCUMENT["key_id"], vector["created"])
    assert claim.made_with(SIGNING_KEY)
    assert not claim.made_with(bytes(32))


def test_the_example_of_the_rfc_comes_out() -> None:
    """RFC 9421, B.2.5."""
    key = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    base = (
        '"date": Tue, 20 Apr 2021 02:07:55 GMT\n'
        '"@authority": example.com\n'
        '"content-type": application/json\n'
        '"@signature-params": ("date" "@authority" "content-type")'
        ';created=1618884473;keyid="test-shared-secret"'
    )
    found = base64.b64encode(signing.mac(base64.b64decode(key), base.encode())).decode()
    assert found == "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="


def test_the_signing_key_is_not_the_secret_and_does_not_show_it() -> None:
    secret = KEY.rpartition("_")[2]
    assert signing.signing_key_of(secret) == SIGNING_KEY
    assert bytes.fromhex(secret) not in SIGNING_KEY


def test_a_whole_url_is_signed_from_its_path_on() -> None:
    made = sign(KEY, "get", "https://cloche.example/v1/keys?a=1", created=1, nonce="n" * 16)
    assert made == sign(KEY, "GET", "/v1/keys?a=1", created=1, nonce="n" * 16)


def test_two_requests_never_share_a_nonce() -> None:
    assert len({sign(KEY, "GET", "/v1")["Signature-Input"] for _ in range(50)}) == 50


def test_the_digest_of_nothing_is_known() -> None:
    assert content_digest(b"") == signing.EMPTY_DIGEST == Request("GET", "/").content_digest


@pytest.mark.parametrize("key", ["", "a-key-of-the-settings", KEY + "0", KEY.upper()])
def test_only_keys_that_can_sign_do(key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        sign(key, "GET", "/v1")


PARTS = {
    "method": "PUT",
    "path": "/v1/evaluation",
    "query": "limit=6",
    "content_digest": content_digest(b"x"),
}


@pytest.mark.parametrize("part", PARTS)
def test_no_part_of_a_request_can_be_another(part: str) -> None:
    request = Request("POST", "/v1/evaluations", "limit=5", content_digest(b"y"))
    headers = sign(KEY, "POST", "/v1/evaluations?limit=5", b"y")
    assert claim_of(request, headers).made_with(SIGNING_KEY)
    assert not claim_of(replace(request, **{part: PARTS[part]}), headers).made_with(SIGNING_KEY)


@given(
    path=st.text(alphabet="abc%2F/-_.~", max_size=20),
    query=st.text(alphabet="abc=&%20+", max_size=20),
    body=st.binary(max_size=50),
)
def test_whatever_is_signed_is_read_back(path: str, query: str, body: bytes) -> None:
    url = f"/v1/{path}" + (f"?{query}" if query else "")
    headers = sign(KEY, "POST", url, body)
    request = Request("POST", f"/v1/{path}", query, content_digest(body))
    assert claim_of(request, headers).made_with(SIGNING_KEY)


@given(place=st.integers(min_value=0, max_value=200), other=st.sampled_from('aZ0=;"( '))
def test_no_letter_of_the_parameters_can_be_another(place: int, other: str) -> None:
    headers = sign(KEY, "GET", "/v1")
    text = headers["Signature-Input"]
    place %= len(text)
    changed = text[:place] + other + text[place + 1 :]
    try:
        claim = read(Request("GET", "/v1"), changed, headers["Signature"])
    except BadSignature:
        return
    assert changed == text or not claim.made_with(SIGNING_KEY)


GOOD = sign(KEY, "GET", "/v1", created=1_795_700_000, nonce="n" * 16)
INPUT, SIGNATURE = GOOD["Signature-Input"], GOOD["Signature"]


@pytest.mark.parametrize(
    ("said", "made", "words"),
    [
        ("", SIGNATURE, "one member"),
        (INPUT, "", "one member"),
        (INPUT + ", " + INPUT.replace("sig1", "sig2"), SIGNATURE, "one member"),
        (INPUT.replace("sig1", "sig2"), SIGNATURE, "one member"),
        (INPUT, SIGNATURE[:-3] + ":", "one member"),
        (INPUT + "x" * 2000, SIGNATURE, "longer"),
        (INPUT.replace('"@method" ', ""), SIGNATURE, "@method must be signed"),
        (INPUT.replace(' "content-digest"', ""), SIGNATURE, "content-digest must be signed"),
        (INPUT.replace('"@method"', '"@method" "@method"'), SIGNATURE, "each once"),
        (INPUT.replace('"@method"', '"@method" "date"'), SIGNATURE, "only @method"),
        (INPUT.replace('"@method"', "@method"), SIGNATURE, "only @method"),
        (INPUT.replace('"@method"', '"@method";req'), SIGNATURE, "only @method"),
        (INPUT.replace("hmac-sha256", "rsa-v1_5-sha256"), SIGNATURE, "alg must be"),
        (INPUT.replace(";created=1795700000", ""), SIGNATURE, "created"),
        (INPUT.replace(";created=", ';created="1";x='), SIGNATURE, "parameters are"),
        (INPUT + ";created=1795700000", SIGNATURE, "parameters are"),
        (INPUT + ";expires=1795700000", SIGNATURE, "parameters are"),
        (INPUT.replace("n" * 16, "n" * 15), SIGNATURE, "nonce"),
        (INPUT.replace("n" * 16, "n" * 129), SIGNATURE, "nonce"),
        (INPUT.replace("n" * 16, "n n" * 6), SIGNATURE, "nonce"),
        (INPUT.replace("abcdefghijkl", "first-key"), SIGNATURE, "keyid"),
    ],
)
def test_headers_of_no_such_signature_are_refused_with_the_reason(
    said: str, made: str, words: str
) -> None:
    with pytest.raises(BadSignature, match=words):
        read(Request("GET", "/v1"), said, made)


@pytest.mark.parametrize(
    "digest",
    ["", "sha-512=:AAAA:", "sha-256=:AAAA:", signing.EMPTY_DIGEST + ", " + signing.EMPTY_DIGEST],
)
def test_a_digest_of_another_kind_is_refused(digest: str) -> None:
    with pytest.raises(BadSignature, match="Content-Digest"):
        read(Request("GET", "/v1", content_digest=digest), INPUT, SIGNATURE)


def test_the_host_may_be_signed_too_in_any_order() -> None:
    names = '("@authority" "content-digest" "@query" "@path" "@method")'
    parameters = f'{names};nonce="{"n" * 16}";keyid="abcdefghijkl";created=5'
    request = Request("GET", "/v1", authority="cloche.example")
    base = signing.base_of(
        request, ("@authority", "content-digest", "@query", "@path", "@method"), parameters
    )
    made = base64.b64encode(signing.mac(SIGNING_KEY, base)).decode()
    claim = read(request, f"x={parameters}", f"x=:{made}:")
    assert claim.made_with(SIGNING_KEY)
    other = read(replace(request, authority="other.example"), f"x={parameters}", f"x=:{made}:")
    assert not other.made_with(SIGNING_KEY)
