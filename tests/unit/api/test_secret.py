from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.secret import read_secret
from api.settings import Settings, SettingsError, read_settings

_READ = """
import sys
from pathlib import Path
from api.secret import read_secret
from api.settings import Settings
sys.stdin.readline()
print(read_secret(Settings(home=Path(sys.argv[1]))).decode())
"""


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    made = read_secret(settings)
    assert read_secret(settings) == made
    assert len(made) == 64
    assert [file.name for file in settings.home.iterdir()] == ["geheim"]
    assert stat.S_IMODE((settings.home / "geheim").stat().st_mode) == 0o600


def test_every_home_has_its_own(tmp_path: Path) -> None:
    first, second = (read_secret(Settings(home=tmp_path / name)) for name in ("a", "b"))
    assert first != second


def test_processes_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _READ, str(tmp_path)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate()[0] for process in started]
    assert len(set(told)) == 1
    assert len(told[0]) == 65
    assert [file.name for file in tmp_path.iterdir()] == ["geheim"]


def test_a_secret_that_is_set_makes_no_file_and_is_told_to_no_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret=SecretStr("x" * 32))
    assert read_secret(settings) == b"x" * 32
    assert list(tmp_path.iterdir()) == []
    assert "SCHAKEL_SECRET" not in settings.environment()
    assert "xxx" not in repr(settings)


def test_a_short_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHAKEL_SECRET", "x" * 31)
    with pytest.raises(SettingsError, match=r"^SCHAKEL_SECRET$"):
        read_settings()


@pytest.mark.parametrize("content", ["", "kort"])
def test_a_damaged_file_is_not_taken_for_a_secret(tmp_path: Path, content: str) -> None:
    (tmp_path / "geheim").write_text(content)
    with pytest.raises(SettingsError, match="geheim"):
        read_secret(Settings(home=tmp_path))
