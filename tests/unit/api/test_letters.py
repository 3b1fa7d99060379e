from __future__ import annotations

from datetime import datetime

import pytest
from pydantic import SecretStr

from api.letters import _HOLDS, laid_out
from api.settings import Settings, SettingsError, read_settings
from api.texts_introductions import REASONS, day_and_time
from api.texts_mail import OF_INTRODUCTIONS, Written
from api.texts_nl import CONFLICTS, FORBIDDEN_ACTS
from matcher.introduction_records import ACT_OF, DeclineReason, IntroductionState
from matcher.letters import Letter


def test_every_letter_about_introductions_has_words_and_says_when_it_holds() -> None:
    about = {letter for letter in Letter if letter.value.startswith("introductie-")}
    assert set(OF_INTRODUCTIONS) == set(_HOLDS) == about


def test_every_reason_and_every_refusal_has_words() -> None:
    assert set(REASONS) == set(DeclineReason)
    assert {f"introduction-{state.value}" for state in IntroductionState} <= set(CONFLICTS)
    assert set(ACT_OF.values()) <= set(FORBIDDEN_ACTS)


def test_what_is_written_cannot_become_html() -> None:
    html = laid_out(Written("<s>", ("<script>&",), '"x"'), 'https://x.nl/?a="><b').html
    assert "<script>" not in html
    assert "<s>" not in html
    assert "><b" not in html
    assert "&lt;script&gt;&amp;" in html


def test_a_mail_server_without_a_sender_is_named_as_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHAKEL_SMTP_HOST", "mail.bestuur.nl")
    with pytest.raises(SettingsError, match="SCHAKEL_SMTP_FROM"):
        read_settings()
    monkeypatch.setenv("SCHAKEL_SMTP_FROM", "Schakel <x@bestuur.nl>")
    with pytest.raises(SettingsError, match="SCHAKEL_SMTP_FROM"):
        read_settings()
    monkeypatch.setenv("SCHAKEL_SMTP_FROM", "schakel@bestuur.nl")
    assert read_settings().smtp_from == "schakel@bestuur.nl"


def test_a_password_is_shown_nowhere_and_sent_encrypted_unless_asked_for() -> None:
    settings = Settings(smtp_password=SecretStr("GEHEIM"))
    assert "GEHEIM" not in f"{settings!r} {settings.environment()}"
    assert settings.start_tls is True
    assert settings.model_copy(update={"smtp_starttls": False}).start_tls is False
    assert Settings().start_tls is None


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-03-29T00:30:00+00:00", "zondag 29 maart 2026 om 01.30 uur"),
        ("2026-03-29T01:30:00+00:00", "zondag 29 maart 2026 om 03.30 uur"),
        ("2026-12-31T23:30:00+00:00", "vrijdag 1 januari 2027 om 00.30 uur"),
    ],
)
def test_a_moment_is_told_as_on_the_clock_here(moment: str, told: str) -> None:
    assert day_and_time(datetime.fromisoformat(moment)) == told
