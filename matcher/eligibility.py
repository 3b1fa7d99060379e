"""Who may be suggested at all, decided before anyone is scored; each 'no' has a code."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from matcher.matches import Exclusion, ExclusionCode
from matcher.types import ContactPreference, DocumentId, Expert, Query, Role


def eligible(
    experts: Sequence[Expert], query: Query, nearest: Collection[DocumentId] | None = None
) -> tuple[list[Expert], list[Exclusion]]:
    """`experts` who may be suggested for `query`, and why the others may not.

    `nearest` are the themes that its text is about, for a question that names none itself; where
    neither is known no one is left out for their themes.
    """
    about = query.themes or nearest
    kept: list[Expert] = []
    excluded: list[Exclusion] = []
    for expert in experts:
        code = _objection(expert, query, about)
        if code is None:
            kept.append(expert)
        else:
            excluded.append(Exclusion(expert.id, code))
    return kept, excluded


def _objection(
    expert: Expert, query: Query, about: Collection[DocumentId] | None
) -> ExclusionCode | None:
    if expert.id == query.asker:
        return ExclusionCode.IS_ASKER
    if expert.id in query.barred:
        return ExclusionCode.BARRED
    if expert.organisation and expert.organisation == query.asker_organisation:
        return ExclusionCode.OWN_SCHOOL
    hidden = not expert.findable and expert.role is not Role.ADVISER  # advising is their work
    if hidden or expert.contact is ContactPreference.NOT:
        return ExclusionCode.NO_CONSENT
    if expert.found_for and about is not None and not set(expert.found_for) & set(about):
        return ExclusionCode.OTHER_THEME
    if expert.away_until is not None and expert.away_until > query.today:
        return ExclusionCode.AWAY
    if expert.capacity is not None and expert.load >= expert.capacity:
        return ExclusionCode.NO_CAPACITY
    return None
