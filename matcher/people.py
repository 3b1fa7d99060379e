"""Who is suggested, in which order: the index knows what they did, the store who they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from matcher.affinity import ADVISERS, HISTORY, PEERS, Affinity, Aggregation, from_theme
from matcher.eligibility import eligible
from matcher.matches import Exclusion
from matcher.ports import Directory
from matcher.rerank import MOST_OF_ONE_SCHOOL, rerank
from matcher.standings import Standings
from matcher.types import DocumentId, Expert, PersonId, Query, Role, Viewer

SHORTLISTED: Final = 3  # people asked after for one that is shown: some may not be suggested


@dataclass(frozen=True, slots=True)
class Aggregations:
    """By which formula people are ranked, in either list, and what is added."""

    peers: Aggregation = PEERS
    advisers: Aggregation = ADVISERS
    history: float = HISTORY  # weight of what an adviser advises on

    def of(self, expert: Expert) -> Aggregation:
        return self.advisers if _advises(expert) else self.peers


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for people, by their cases and by the themes they declared."""

    standings: Standings
    themes: Mapping[str, float]  # documents of the nearest, each with how relevant it is
    aggregations: Aggregations

    def ranked(self, expert: Expert) -> Affinity:
        """The affinity of `expert`, without pieces."""
        aggregation = self.aggregations.of(expert)
        from_cases, helped = self.standings.known(expert.id, aggregation)
        themed = from_theme(expert, self.themes, aggregation)
        history = self.standings.history_of(expert.id) if _advises(expert) else 0.0
        value = max(from_cases, themed.value) + history
        return Affinity(expert, value, history=history, helped=helped)

    def told(self, ranked: Affinity) -> Affinity:
        """The same with its pieces: cases, or the theme they declared if that is more."""
        expert = ranked.expert
        aggregation = self.aggregations.of(expert)
        from_cases = self.standings.told(expert, aggregation)
        themed = from_theme(expert, self.themes, aggregation)
        best = themed if themed.value > from_cases.value else from_cases
        value = best.value + ranked.history
        return replace(best, value=value, history=ranked.history, helped=ranked.helped)


def people(
    evidence: Evidence, limit: int, query: Query, viewer: Viewer, directory: Directory
) -> tuple[list[Affinity], list[Affinity], list[Exclusion]]:
    """At most `limit` peers and as many advisers, and who may not be suggested.

    Affinities have no pieces yet. The store is asked after some people at a time, until both
    lists are full.
    """
    nearest = [DocumentId(theme) for theme in evidence.themes]
    themes = nearest
    found: dict[PersonId, Affinity] = {}
    excluded: dict[PersonId, Exclusion] = {}
    for some in _some_at_a_time(evidence.standings, max(1, limit) * SHORTLISTED):
        experts = directory.experts(some, themes, viewer)
        suitable, unsuitable = eligible(experts, query, nearest)
        excluded |= {exclusion.person: exclusion for exclusion in unsuitable}
        ranked = [evidence.ranked(expert) for expert in suitable]
        found |= {affinity.expert.id: affinity for affinity in ranked if affinity.value > 0.0}
        themes = []
        peers = rerank(_of(found, False), limit, MOST_OF_ONE_SCHOOL)
        advisers = rerank(_of(found, True), limit, None)
        if min(len(peers), len(advisers)) >= limit:
            break
    return peers, advisers, [excluded[at] for at in sorted(excluded)]


def _some_at_a_time(standings: Standings, size: int) -> Iterator[list[PersonId]]:
    """The first `size` of each queue, then twice as many, and so on; once if all are empty."""
    longest = max(1, *map(len, standings.queues))
    start = 0
    while start < longest:
        rows = dict.fromkeys(
            row for queue in standings.queues for row in queue[start : start + size].tolist()
        )
        yield [standings.table.people[row] for row in rows]
        start, size = start + size, size * 2


def _of(found: Mapping[PersonId, Affinity], advising: bool) -> Sequence[Affinity]:
    return [a for a in found.values() if _advises(a.expert) is advising]


def _advises(expert: Expert) -> bool:
    return expert.role is Role.ADVISER
