"""`schakel serve` as a process of its own, to be measured from outside, as someone's browser is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

from api.settings import Settings
from matcher.errors import SchakelError

_READY_SECONDS: Final = 600.0  # within which it must answer: the model may be unpacked first
_CALL_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 30.0
_BETWEEN_LOOKS: Final = 0.05
_OK: Final = 200
_TICKS: Final = slice(11, 13)  # in user and in system mode, of what follows its name


class ServiceFailed(SchakelError):
    """The process stopped, or never came to answer; with what it said."""

    def __init__(self, told: str) -> None:
        super().__init__(f"schakel serve did not get ready: {told[-2000:].strip()}")


@dataclass(frozen=True, slots=True)
class Service:
    """One that answers at `port`, as process `process`."""

    port: int
    process: int

    def call(
        self,
        method: str,
        path: str,
        token: str = "",
        body: Mapping[str, Any] | None = None,
    ) -> tuple[int, Any]:
        """Status and answer. Raises OSError or HTTPException where none came."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_CALL_SECONDS)
        try:
            headers = {"Content-Type": "application/json"}
            if token:
                headers["Authorization"] = f"Bearer {token}"
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def worked(self) -> float:
        """Seconds that cores worked for it until now; NaN where the system does not tell."""
        try:
            told = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return float("nan")
        return sum(map(int, told[_TICKS])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(home: Path, settings: Settings) -> Iterator[Service]:
    """What is in `home`, with the model of `settings`. Raises ServiceFailed."""
    settings.models.mkdir(parents=True, exist_ok=True)
    (home / "models").symlink_to(settings.models.resolve())
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SCHAKEL_")}
    environment |= {
        "SCHAKEL_HOME": str(home),
        "SCHAKEL_MODEL": settings.model or "",
        "SCHAKEL_BACKEND": settings.backend or "",
        "PORT": "0",
    }
    said = home / "serve.txt"
    with said.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve"], env=environment, stderr=file
        )
    try:
        yield _ready(process, said)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(process: subprocess.Popen[bytes], said: Path) -> Service:
    """Once it answers, with its model loaded."""
    until = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < until:
        if found := re.search(r"http://[\d.]+:(\d+)", said.read_text()):
            service = Service(int(found[1]), process.pid)
            status, _ = service.call("GET", "/gezondheid/gereed")
            if status == _OK:
                return service
        time.sleep(_BETWEEN_LOOKS)
    raise ServiceFailed(said.read_text())
