"""A provider as its own documents describe it, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from ssl import SSLContext
from threading import Lock
from time import monotonic
from typing import Annotated, Any, Final

import httpx2
from authlib.integrations.httpx_client import OAuth2Client, OAuthError
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from api.addresses import safe
from api.oidc_claims import affiliations, brins
from api.oidc_refusals import LoginRefused, ProviderDown, Refusal
from api.oidc_tokens import Claims, Expected, TokenRefused, checked
from api.settings import OidcProvider

_TIMEOUT: Final = 5.0  # seconds for each step of a request: someone waits
_KEPT: Final = 300.0  # seconds that a discovery document is taken to be true
_AWAY: Final = 5.0  # and that a provider is taken to be away: not everyone has to wait for it
_KNOWN_ERRORS: Final = frozenset(
    {"invalid_client", "invalid_grant", "invalid_request", "unauthorized_client"}
)
_Address = Annotated[str, AfterValidator(safe)]
_Token = Annotated[str, Field(pattern=r"^[!-~]+$")]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Metadata(_Read):
    """The part of a discovery document that counts here."""

    issuer: str
    authorization_endpoint: _Address
    token_endpoint: _Address
    jwks_uri: _Address
    userinfo_endpoint: _Address | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Keys(_Read):
    keys: list[dict[str, Any]]


class _Tokens(_Read):
    access_token: _Token
    id_token: _Token


@dataclass(frozen=True, slots=True)
class Told:
    """Who came back, by issuer and subject, and all that the provider said of them."""

    issuer: str
    subject: str
    affiliations: frozenset[str]
    brins: frozenset[str]


def tls_context() -> SSLContext:
    """Whom the system trusts. It takes a tenth of a second, so it is made once."""
    return httpx2.create_ssl_context()


class Provider:
    """Talks to one provider; `back` is where people return to, `tls` whom it takes its word of."""

    def __init__(self, settings: OidcProvider, back: str, tls: SSLContext) -> None:
        self.code, self.name, self.issuer = settings.code, settings.name, settings.issuer
        self._settings = settings
        self._back = back
        self._tls = tls
        self._kept: tuple[float, Metadata | ProviderDown] | None = None
        self._looking = Lock()

    def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where the person signs in. Raises ProviderDown."""
        metadata = self._metadata()
        with self._client(metadata) as client:
            address, _ = client.create_authorization_url(
                metadata.authorization_endpoint, state, verifier, nonce=nonce
            )
        return str(address)

    def require_issuer(self, said: str | None) -> None:
        """Whether an answer came from this provider, where it says so (RFC 9207).

        Raises LoginRefused, ProviderDown.
        """
        promised = self._metadata().authorization_response_iss_parameter_supported
        if said != self.issuer and (said is not None or promised):
            raise LoginRefused(self.code, Refusal.UNPROVEN, "another issuer answers")

    def redeem(self, code: str, verifier: str, nonce_hash: str) -> Told:
        """Who `code` is of. Raises LoginRefused where that is not proven, ProviderDown."""
        metadata = self._metadata()
        with self._client(metadata) as client:
            tokens = self._tokens(client, metadata, code, verifier)
            keys = self._keys(client, metadata)
            expected = Expected(
                self.issuer, self._settings.client_id, nonce_hash, tokens.access_token
            )
            try:
                claims = checked(tokens.id_token, keys, expected)
            except TokenRefused as error:
                raise LoginRefused(self.code, Refusal.UNPROVEN, str(error)) from None
            said = [claims]
            if metadata.userinfo_endpoint and not (affiliations(claims) and brins(claims)):
                said.append(self._more(client, metadata.userinfo_endpoint, tokens, claims))
        return Told(
            self.issuer,
            claims["sub"],
            frozenset().union(*(affiliations(one) for one in said)),
            frozenset().union(*(brins(one) for one in said)),
        )

    def _client(self, metadata: Metadata | None = None) -> OAuth2Client:
        methods = metadata.token_endpoint_auth_methods_supported if metadata else ()
        basic = "client_secret_basic" in methods or "client_secret_post" not in methods
        return OAuth2Client(
            self._settings.client_id,
            self._settings.client_secret.get_secret_value(),
            token_endpoint_auth_method="client_secret_basic" if basic else "client_secret_post",
            scope="openid",
            redirect_uri=self._back,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
            verify=self._tls,
        )

    def _metadata(self) -> Metadata:
        """The discovery document, looked up once in a while. Raises ProviderDown."""
        with self._looking:
            if self._kept is None or self._kept[0] < monotonic():
                found = self._looked_up()
                seconds = _KEPT if isinstance(found, Metadata) else _AWAY
                self._kept = (monotonic() + seconds, found)
            found = self._kept[1]
        if isinstance(found, ProviderDown):
            raise ProviderDown(self.code, found.because)
        return found

    def _looked_up(self) -> Metadata | ProviderDown:
        try:
            with self._client() as client:
                found = self._json(client, get_well_known_url(self.issuer, external=True))
            return self._described(found)
        except ProviderDown as down:
            return down

    def _described(self, found: Any) -> Metadata:
        try:
            metadata = Metadata.model_validate(found)
        except ValidationError:
            raise ProviderDown(self.code, "its description is not one") from None
        if metadata.issuer != self.issuer:
            raise ProviderDown(self.code, "it describes another issuer")
        return metadata

    def _tokens(
        self, client: OAuth2Client, metadata: Metadata, code: str, verifier: str
    ) -> _Tokens:
        try:
            given = client.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                redirect_uri=self._back,
                code_verifier=verifier,
            )
            return _Tokens.model_validate(dict(given))
        except OAuthError as error:
            known = error.error if error.error in _KNOWN_ERRORS else "another error"
            raise LoginRefused(self.code, Refusal.UNPROVEN, known) from None
        except httpx2.HTTPError as error:
            raise ProviderDown(self.code, type(error).__name__) from None
        except ValueError as error:
            raise LoginRefused(self.code, Refusal.UNPROVEN, type(error).__name__) from None

    def _keys(self, client: OAuth2Client, metadata: Metadata) -> KeySet:
        """Those that are published now: a key may be withdrawn at any time."""
        found = self._json(client, metadata.jwks_uri)
        try:
            return KeySet.import_key_set({"keys": _Keys.model_validate(found).keys})
        except (JoseError, ValueError) as error:
            raise ProviderDown(self.code, type(error).__name__) from None

    def _more(
        self, client: OAuth2Client, address: str, tokens: _Tokens, claims: Claims
    ) -> dict[str, Any]:
        """What the provider says elsewhere, of the same person. Raises LoginRefused."""
        bearer = {"Authorization": f"Bearer {tokens.access_token}"}
        found = self._json(client, address, bearer)
        if not isinstance(found, dict) or found.get("sub") != claims["sub"]:
            raise LoginRefused(self.code, Refusal.UNPROVEN, "another subject")
        return found

    def _json(
        self, client: OAuth2Client, address: str, headers: dict[str, str] | None = None
    ) -> Any:
        try:
            answer = client.request("GET", address, withhold_token=True, headers=headers)
            return answer.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderDown(self.code, type(error).__name__) from None
