"""Signed requests, for both ends: HTTP Message Signatures (RFC 9421) by `hmac-sha256`, in one narrow profile.

docs/signing.md defines it, schemas/vectors/signing.json has vectors for every language, ADR 0018 says why it is so. The
secret of a key never travels: what signs is derived from it, and from that nobody gets back.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from cloche_schemas.access import API_KEY, KEY_ID

#: How far `created` may be from the server's clock, either way.
WINDOW_SECONDS = 300
ALGORITHM = "hmac-sha256"
#: What is always signed, in the order in which our clients sign it.
COMPONENTS = ("@method", "@path", "@query", "content-digest")
#: What may be signed besides.
OPTIONAL = ("@authority",)
#: Of no body at all.
EMPTY_DIGEST = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
_LABEL = b"cloche request signing v1"
_LONGEST = 1024
_NONCE = re.compile(r"[A-Za-z0-9_.~+/=-]{16,128}")
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
_PARAMETERS = r'(?:;[a-z*][a-z0-9_.*-]{0,31}=(?:"[ !#-\[\]-~]*"|[0-9]{1,12}))*'
_INPUT = re.compile(rf"([a-z*][a-z0-9_.*-]{{0,31}})=(\(([^()]*)\)({_PARAMETERS}))")
_PARAMETER = re.compile(r';([a-z*][a-z0-9_.*-]*)=(?:"([^"]*)"|([0-9]+))')
_SIGNATURE = re.compile(r"([a-z*][a-z0-9_.*-]{0,31})=:([A-Za-z0-9+/]{43}=):")
_API_KEY = re.compile(API_KEY)


class BadSignature(ValueError):  # noqa: N818 - it names what the headers are
    """Headers that no signature of this profile has. The text is for whoever sent them."""


class Request(Struct, frozen=True):
    """What of a request may be signed, as it stands on the wire.

    `path`: before percent-decoding; `query`: without its question mark. `authority` in lower case.
    """

    method: str
    path: str
    query: str = ""
    content_digest: str = EMPTY_DIGEST
    authority: str = ""

    def component(self, name: str) -> str:
        """The value of a component, as RFC 9421 (2.1, 2.2) writes it."""
        match name:
            case "@method":
                return self.method
            case "@path":
                return self.path or "/"
            case "@query":
                return f"?{self.query}"
            case "@authority":
                return self.authority
            case _:
                return self.content_digest


class Claim(Struct, frozen=True):
    """A signature that was read and not yet checked: whose it says it is, when it was made, over which bytes."""

    key: str
    created: int
    nonce: str
    base: bytes
    signature: bytes

    def made_with(self, signing_key: bytes) -> bool:
        """Whether this key made it, in a time that does not tell how much of it fits."""
        return hmac.compare_digest(mac(signing_key, self.base), self.signature)


def signing_key_of(secret: str) -> bytes:
    """What signs, 32 bytes, from the secret part of a key (its 48 hexadecimal digits as text)."""
    return mac(secret.encode(), _LABEL)


def mac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


def content_digest(body: bytes) -> str:
    """The header Content-Digest (RFC 9530) of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def digest_of(header: str) -> bytes:
    """The SHA-256 that a header Content-Digest of this profile names."""
    found = _DIGEST.fullmatch(header)
    if found is None:
        raise BadSignature("Content-Digest must be sha-256=:…: alone")
    return base64.b64decode(found[1])


def base_of(request: Request, components: tuple[str, ...], parameters: str) -> bytes:
    """The signature base (RFC 9421, 2.5). `parameters`: the inner list with its parameters, as in Signature-Input."""
    lines = [f'"{name}": {request.component(name)}' for name in components]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def sign(
    api_key: str,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    created: int | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """The headers that sign a request, to be sent instead of Authorization.

    `url`: whole, or from its path on, exactly as it is sent. `created`: seconds since 1970 (default: now). `nonce`: 16
    to 128 letters, digits or ``_.~+/=-``, never used before (default: 128 random bits). ValueError if `api_key` is no
    key of ``POST /v1/keys``: the first key of a system does not sign.
    """
    key = _API_KEY.fullmatch(api_key)
    if key is None:
        raise ValueError("not a key of POST /v1/keys, which alone can sign")
    parts = urlsplit(url)
    request = Request(method.upper(), parts.path, parts.query, content_digest(body))
    names = " ".join(f'"{name}"' for name in COMPONENTS)
    made = int(time.time()) if created is None else created
    once = secrets.token_urlsafe(16) if nonce is None else nonce
    parameters = f'({names});created={made};keyid="{key[1]}";nonce="{once}";alg="{ALGORITHM}"'
    signature = mac(signing_key_of(key[2]), base_of(request, COMPONENTS, parameters))
    return {
        "Content-Digest": request.content_digest,
        "Signature-Input": f"sig1={parameters}",
        "Signature": f"sig1=:{base64.b64encode(signature).decode()}:",
    }


def read(request: Request, signature_input: str, signature: str) -> Claim:
    """The one signature of a request. `BadSignature` if the headers are not of this profile."""
    if len(signature_input) > _LONGEST or len(signature) > _LONGEST:
        raise BadSignature("Signature-Input and Signature are longer than any of this profile")
    said, made = _INPUT.fullmatch(signature_input), _SIGNATURE.fullmatch(signature)
    if said is None or made is None or said[1] != made[1]:
        raise BadSignature("Signature-Input and Signature must have one member each, of one name")
    components = _components(said[3])
    digest_of(request.content_digest)
    parameters = _parameters(said[4])
    return Claim(
        key=_matched(parameters, "keyid", re.compile(KEY_ID)),
        created=int(_matched(parameters, "created", re.compile(r"[0-9]+"))),
        nonce=_matched(parameters, "nonce", _NONCE),
        base=base_of(request, components, said[2]),
        signature=base64.b64decode(made[2]),
    )


def _components(text: str) -> tuple[str, ...]:
    names = tuple(text.split(" "))
    bare = tuple(name[1:-1] for name in names)
    quoted = all(name == f'"{one}"' for name, one in zip(names, bare, strict=True))
    if not quoted or len(set(bare)) != len(bare) or set(bare) - {*COMPONENTS, *OPTIONAL}:
        raise BadSignature(f"only {', '.join((*COMPONENTS, *OPTIONAL))} can be signed, each once")
    missing = [name for name in COMPONENTS if name not in bare]
    if missing:
        raise BadSignature(f"{', '.join(missing)} must be signed")
    return bare


def _parameters(text: str) -> Mapping[str, str]:
    found = _PARAMETER.findall(text)
    parameters = {name: quoted or number for name, quoted, number in found}
    unknown = parameters.keys() - {"created", "keyid", "nonce", "alg"}
    if unknown or len(parameters) != len(found):
        raise BadSignature("the parameters are created, keyid, nonce and alg, each once")
    if parameters.get("alg", ALGORITHM) != ALGORITHM:
        raise BadSignature(f"alg must be {ALGORITHM}")
    return parameters


def _matched(parameters: Mapping[str, str], name: str, form: re.Pattern[str]) -> str:
    value = parameters.get(name, "")
    if form.fullmatch(value) is None:
        raise BadSignature(f"the parameter {name} is missing, or not as this profile has it")
    return value
