"""From building to answering."""

from __future__ import annotations

import gc

from threadpoolctl import threadpool_limits


def settle() -> None:
    """Have nothing in the way of one query after another.

    What is in memory now stays, so the collector need not look through it. And BLAS keeps to the
    thread that asks: its workers go on spinning for a while, on the cores that encode.
    """
    gc.collect()
    gc.freeze()
    threadpool_limits(1, user_api="blas")
