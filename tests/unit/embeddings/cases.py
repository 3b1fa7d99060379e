"""Cases and questions of these tests, and generations built from them without a model."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from typing import Any

from embeddings.builder import EXACT_LIMIT, build
from embeddings.caching import CachingEncoder
from embeddings.generation import IndexGeneration
from embeddings.recipe import Recipe
from embeddings.serialisation import deserialised, serialised
from matcher.ports import Encoder
from matcher.types import (
    Document,
    DocumentId,
    DocumentKind,
    Outcome,
    Part,
    ParticipationRole,
    PersonId,
)
from tests.fakes import DictVectors, WordEncoder

NATIONAL = frozenset({"national"})

ASKER, SOLVER, HELPED = (
    ParticipationRole.ASKER,
    ParticipationRole.SOLVER,
    ParticipationRole.HELPED,
)


def case(
    id_: str,
    problem: str,
    resolution: str = "",
    partition: str = "national",
    parts: tuple[tuple[str, ParticipationRole], ...] = (),
) -> Document:
    """A case, or without a resolution a question; with `parts` evidence for people too."""
    solved = bool(resolution)
    return Document(
        DocumentId(id_),
        DocumentKind.CASE if solved else DocumentKind.QUESTION,
        partition,
        1,
        problem,
        resolution,
        parts=tuple(Part(PersonId(person), role) for person, role in parts),
        outcome=Outcome.SOLVED if solved else None,
        happened_on=date(2024, 1, 1 + ord(id_[0]) % 28) if solved else None,
    )


CORPUS = [
    case("a", "thuiszitter komt niet naar school", "huisbezoek gedaan"),
    case("b", "rekenen gaat achteruit in de bovenbouw", "nieuwe methode gekozen"),
    case("c", "schimmel in het gebouw", "gemeente heeft betaald"),
    case("d", "pesten in de groepsapp", "lessen over online gedrag"),
    case("e", "brugklasser durft niet naar school", "maatje geregeld", "board:x"),
    case("q", "wie heeft ervaring met rekenen en bewegen"),
]

# Enough to learn what is on topic; zorg is common in it, so that it is a part of zorgleerling.
PEOPLED = [
    case("a", "thuiszitter met zorg komt niet naar school", "huisbezoek gedaan",
         parts=(("p1", SOLVER), ("p2", ASKER))),
    case("b", "rekenen gaat achteruit in de bovenbouw", "nieuwe methode gekozen",
         parts=(("p3", SOLVER), ("p1", HELPED))),
    case("c", "schimmel in het gebouw", "gemeente heeft betaald", parts=(("p2", SOLVER),)),
    case("d", "pesten in de groepsapp", "lessen over online gedrag",
         parts=(("p3", ASKER), ("p3", SOLVER))),
    case("e", "brugklasser durft niet naar school", "maatje geregeld", "board:x",
         parts=(("p4", SOLVER), ("p2", HELPED))),
    case("f", "te veel zorg in een kleine klas", "extra handen in de klas",
         parts=(("p1", ASKER),)),
    case("g", "ouders willen een ander schooladvies", "gesprek met alle ouders"),
    case("h", "lerarentekort in de onderbouw", "leraren delen met een andere school",
         parts=(("p5", SOLVER),)),
    case("i", "zorg voor een leerling met diabetes", "protocol gemaakt met de wijkzuster"),
    case("j", "…", "alleen een aanpak zonder vraag", parts=(("p5", HELPED),)),
    case("q", "wie heeft ervaring met rekenen en bewegen"),
    case("r", "hoe leren leerlingen beter lezen"),
    case("s", "wie kent een goede methode voor spelling"),
]  # fmt: skip


def built(
    documents: list[Document],
    encoder: WordEncoder | None = None,
    *,
    name: str = "gen-000001",
    position: int = 7,
    recipe: Recipe | None = None,
    exact_limit: int = EXACT_LIMIT,
) -> IndexGeneration:
    encoder = encoder or WordEncoder()
    return build(
        documents,
        name=name,
        position=position,
        documents_encoder=CachingEncoder(encoder, DictVectors()),
        query_encoder=encoder,
        recipe=recipe,
        exact_limit=exact_limit,
    )


def written(generation: IndexGeneration) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a manifest tells of `generation`, and its files by name."""
    facts, writers = serialised(generation)
    files = {}
    for name, write in writers.items():
        file = BytesIO()
        write(file)
        files[name] = file.getvalue()
    return json.loads(json.dumps(facts)), files


def read_back(generation: IndexGeneration, encoder: Encoder | None = None) -> IndexGeneration:
    """`generation` as it is read from its files."""
    facts, files = written(generation)
    views = {name: memoryview(content) for name, content in files.items()}
    return deserialised(generation.name, facts, views, encoder or WordEncoder())
