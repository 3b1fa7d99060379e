"""Whether an ID token is what the provider says of who began this login, and of nobody else."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from data.secrets import hash_of

Claims = Mapping[str, Any]

# With a published key, and nothing else: `none` has no key, HS256 would take the public one.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
)
_LEEWAY: Final = 60  # seconds that two clocks may differ
_LONGEST: Final = 255  # characters of a subject, all ASCII, by OpenID Connect


class TokenRefused(Exception):
    """The text is the name of the check that failed."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to be of; `access_token` is the one that came with it."""

    issuer: str
    client_id: str
    nonce_hash: str
    access_token: str


def checked(id_token: str, keys: KeySet, expected: Expected) -> Claims:
    """The claims of `id_token`. Raises TokenRefused unless every check passes.

    Those are: signature by one of `keys`, algorithm, issuer, audience, authorised party, times,
    subject, nonce and the hash of the access token.
    """

    def ours(_claims: Claims, nonce: object) -> bool:
        return isinstance(nonce, str) and hmac.compare_digest(hash_of(nonce), expected.nonce_hash)

    try:
        token = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": expected.issuer},
                "aud": {"essential": True, "value": expected.client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True, "validate": ours},
                "azp": {"allow_blank": False},
                "at_hash": {"allow_blank": False},
            },
            params={"client_id": expected.client_id, "access_token": expected.access_token},
        )
        claims.validate(leeway=_LEEWAY)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused(type(error).__name__) from None
    subject = claims["sub"]
    if len(subject) > _LONGEST or not (subject.isascii() and subject.isprintable()):
        raise TokenRefused("InvalidSubject")
    return dict(claims)
