"""Real processes, many and quickly: one that has imported everything forks each of them.

`python -m tests.forking` reads a line of JSON, {"call": "module:function", "arguments": [...]},
forks a child that calls it, and answers with the child's number. Nothing runs before the fork.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any


@dataclass(frozen=True)
class Forks:
    """The process that forks, as its user sees it."""

    process: subprocess.Popen[str]

    def start(self, call: str, *arguments: Any) -> int:
        """A child that calls `module:function` with `arguments`; its number."""
        assert self.process.stdin
        assert self.process.stdout
        print(
            json.dumps({"call": call, "arguments": arguments}), file=self.process.stdin, flush=True
        )
        return int(self.process.stdout.readline())

    def kill(self, child: int, how: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, and wait until it has gone."""
        os.kill(child, how)
        self.wait(child)

    def wait(self, child: int, seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while runs(child):
            if time.monotonic() > until:
                raise TimeoutError(f"process {child} still runs")
            time.sleep(0.002)


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def forking(*modules: str) -> Iterator[Forks]:
    """One that has imported `modules`."""
    command = [sys.executable, "-m", "tests.forking", *modules]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Forks(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # and whatever it forked


def main(modules: list[str], asked: IO[str], answers: IO[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no child is waited for
    for line in asked:
        told = json.loads(line)
        child = os.fork()
        if child:
            print(child, file=answers, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        module, function = told["call"].split(":")
        try:
            getattr(importlib.import_module(module), function)(*told["arguments"])
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdin, sys.stdout)
