"""Who is suggested, in which order: the index knows what they did, the store who they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from matcher.affinity import Affinity, Aggregation, from_theme
from matcher.eligibility import eligible
from matcher.matches import Exclusion
from matcher.ports import Directory, EvidenceTable
from matcher.rerank import MOST_OF_ONE_SCHOOL, rerank
from matcher.standings import Standings
from matcher.types import DocumentId, PersonId, Query, Role, Scores, Viewer

SHORTLISTED: Final = 5  # people asked after for one that is shown: some may not be suggested


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for people; `relevant` (n,) belongs to the documents of `table`."""

    table: EvidenceTable
    relevant: Scores
    themes: Mapping[str, float]  # documents of the nearest, each with how relevant it is


def people(
    evidence: Evidence,
    limit: int,
    aggregation: Aggregation,
    query: Query,
    viewer: Viewer,
    directory: Directory,
) -> tuple[list[Affinity], list[Affinity], list[Exclusion]]:
    """At most `limit` peers and as many advisers, and who may not be suggested.

    Affinities have no pieces yet. The store is asked after some people at a time, until both
    lists are full.
    """
    standings = Standings.of(evidence.table, evidence.relevant, query.today, aggregation)
    themes = [DocumentId(theme) for theme in evidence.themes]
    found: dict[PersonId, Affinity] = {}
    excluded: dict[PersonId, Exclusion] = {}
    for some in _some_at_a_time(standings, max(1, limit) * SHORTLISTED):
        experts = directory.experts(some, themes, viewer)
        suitable, unsuitable = eligible(experts, query)
        excluded |= {exclusion.person: exclusion for exclusion in unsuitable}
        for expert in suitable:
            from_cases, helped = standings.known(expert.id)
            value = max(from_cases, from_theme(expert, evidence.themes, aggregation).value)
            if value > 0.0:
                found[expert.id] = Affinity(replace(expert, helped=helped), value, ())
        themes = []
        peers = rerank(_of(found, False), limit, MOST_OF_ONE_SCHOOL)
        advisers = rerank(_of(found, True), limit, None)
        if min(len(peers), len(advisers)) >= limit:
            break
    return peers, advisers, [excluded[at] for at in sorted(excluded)]


def _some_at_a_time(standings: Standings, size: int) -> Iterator[list[PersonId]]:
    """The first `size` of each list, then twice as many, and so on; once if all are empty."""
    longest = max(1, len(standings.peers), len(standings.advisers))
    start = 0
    while start < longest:
        some = slice(start, start + size)
        rows = [*standings.peers[some], *standings.advisers[some]]
        yield [standings.table.people[row] for row in rows]
        start, size = start + size, size * 2


def _of(found: Mapping[PersonId, Affinity], advising: bool) -> list[Affinity]:
    return [a for a in found.values() if (a.expert.role is Role.ADVISER) is advising]
