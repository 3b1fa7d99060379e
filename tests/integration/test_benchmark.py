"""`schakel bench encoder`: real processes of both contenders, one short round."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from api.show import show_encoder
from embeddings import benchmark
from embeddings.contender import LONG_TOKENS, Wanted
from embeddings.encoder import ModelEncoder

WORDS = "Een leerling komt al weken niet naar school en de ouders houden contact af. " * 60


def test_one_round_gives_every_figure(
    encoder: ModelEncoder, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert encoder.loaded  # so that neither contender converts
    monkeypatch.setattr(benchmark, "STARTS", 1)
    monkeypatch.setattr(benchmark, "ROUNDS", 1)
    steps: list[tuple[int, int]] = []
    figures = benchmark.measure(
        Wanted(None, None, models),
        ["pesten in de groepsapp", "te weinig leraren"],
        {"lang": [WORDS]},
        lambda done, total: steps.append((done, total)),
    )
    assert steps == [(done, 5) for done in range(1, 6)]
    long, given = figures["texts_a_second"].values()
    assert LONG_TOKENS - 8 < long["tokens"] <= LONG_TOKENS
    assert given["texts"] == 1
    assert given["tokens"] > 512
    for pair in (long, given, *figures["start"].values(), figures["query_milliseconds"]["p50"]):
        assert min(pair["schakel"], pair["torch"], pair["ratio"]) > 0
    assert figures["start"]["peak_megabytes"]["schakel"] < 1000
    assert json.loads(json.dumps(figures)) == figures

    shown = io.StringIO()
    show_encoder(Console(file=shown, width=120), figures)
    for row in ("256 tokens", "een vraag, p50", "2 threads", "eerste vector", "geheugen"):
        assert row in shown.getvalue()
