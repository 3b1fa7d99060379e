"""How often: a little with every run, thoroughly where SCHAKEL_SOAK=1 asks for it."""

from __future__ import annotations

import os


def soak(small: int, whole: int) -> int:
    return whole if os.environ.get("SCHAKEL_SOAK") == "1" else small
