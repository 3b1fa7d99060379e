"""A function of a test in a process of its own, which may die of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CHILD = """
import faulthandler, importlib, json, sys
faulthandler.enable()
module, name, arguments = sys.argv[1:]
print(json.dumps(getattr(importlib.import_module(module), name)(*json.loads(arguments))))
"""


def in_child(module: str, name: str, *arguments: object) -> Any:
    """What `module.name(*arguments)` gives, by way of JSON. The child must end well."""
    command = [sys.executable, "-c", CHILD, module, name, json.dumps(arguments, default=str)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-2000:]}"
    return json.loads(done.stdout)
