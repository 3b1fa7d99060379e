"""SCHAKEL_OIDC: what is taken, what is refused, and that its secrets are shown nowhere."""

from __future__ import annotations

from json import dumps
from typing import Any

import pytest
from pydantic import ValidationError

from api.settings import OidcProvider, Settings, SettingsError, read_settings

ENTREE: dict[str, Any] = {
    "code": "entree",
    "naam": "Entree Federatie",
    "issuer": "https://entree.example",
    "client_id": "schakel",
    "client_secret": "heel-geheim",
}


def _read(monkeypatch: pytest.MonkeyPatch, *providers: Any) -> Settings:
    monkeypatch.setenv("SCHAKEL_OIDC", dumps(providers))
    return read_settings()


def test_providers_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    (entree,) = _read(monkeypatch, ENTREE).oidc
    assert (entree.code, entree.name, entree.issuer) == (
        "entree",
        "Entree Federatie",
        "https://entree.example",
    )
    assert entree.client_secret.get_secret_value() == "heel-geheim"


def test_without_the_variable_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCHAKEL_OIDC", raising=False)
    assert read_settings().oidc == ()


def test_a_secret_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(monkeypatch, ENTREE)
    shown = (str(settings), repr(settings), settings.model_dump_json(), str(settings.environment()))
    for text in shown:
        assert "heel-geheim" not in text


def test_a_secret_is_not_shown_where_something_is_wrong_beside_it() -> None:
    with pytest.raises(ValidationError) as wrong:
        OidcProvider.model_validate(ENTREE | {"issuer": "http://entree.example"})
    assert "heel-geheim" not in str(wrong.value)
    with pytest.raises(ValidationError) as wrong:
        Settings.model_validate({"oidc": [ENTREE | {"code": "Entree!"}]})
    assert "heel-geheim" not in str(wrong.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://entree.example"},
        {"issuer": "http://localhost.entree.example"},
        {"issuer": "http://localhost@entree.example"},
        {"issuer": "https://entree.example?x=1"},
        {"issuer": "entree.example"},
        {"code": "Entree!"},
        {"code": ""},
        {"naam": ""},
        {"client_id": "a:b"},
        {"client_secret": ""},
        {"geheim": "x"},
    ],
)
def test_a_provider_that_cannot_be_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match=r"^SCHAKEL_OIDC$"):
        _read(monkeypatch, ENTREE | changes)


@pytest.mark.parametrize("text", ["[", "{}", "entree", '"entree"'])
def test_what_is_no_list_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SCHAKEL_OIDC", text)
    with pytest.raises(SettingsError, match=r"^SCHAKEL_OIDC$"):
        read_settings()


@pytest.mark.parametrize("same", ["code", "issuer"])
def test_providers_are_told_apart(monkeypatch: pytest.MonkeyPatch, same: str) -> None:
    surf = {"code": "surf", "issuer": "https://surf.example"} | {same: ENTREE[same]}
    with pytest.raises(SettingsError, match=r"^SCHAKEL_OIDC$"):
        _read(monkeypatch, ENTREE, ENTREE | surf)


@pytest.mark.parametrize("issuer", ["http://localhost:9400", "http://127.0.0.1:9400"])
def test_on_the_machine_itself_no_tls_is_needed(
    monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    assert _read(monkeypatch, ENTREE | {"issuer": issuer}).oidc[0].issuer == issuer


def test_people_are_sent_back_to_where_they_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(host="127.0.0.1").base_address.startswith("http://127.0.0.1:")
    monkeypatch.setenv("SCHAKEL_ADDRESS", "https://schakel.example/")
    assert read_settings().base_address == "https://schakel.example"
