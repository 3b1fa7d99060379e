"""Generated people, and how properties are tried: the same examples every time, untimed."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from matcher.affinity import NAMED, Aggregation
from matcher.types import DocumentId, Experience, Outcome, ParticipationRole
from tests.unit.matcher.builders import AGGREGATIONS, TODAY, Helper, person

PROPERTY = settings(derandomize=True, database=None, deadline=None, max_examples=100)

CASES = [f"c{number}" for number in range(10)]
THEMES = [f"t{number}" for number in range(3)]

strengths = st.floats(min_value=0.01, max_value=20.0)
dates = st.dates(min_value=date(1990, 1, 1), max_value=TODAY + timedelta(days=400))
aggregations = st.one_of(
    st.sampled_from(AGGREGATIONS),
    st.builds(Aggregation, st.floats(0.0, 1.0), st.floats(0.0, 4.0), st.integers(1, NAMED)),
)
relevances = st.fixed_dictionaries(dict.fromkeys([*CASES, *THEMES], strengths))


def experiences() -> st.SearchStrategy[Experience]:
    """A part in one case; several may be in the same case."""
    return st.builds(
        Experience,
        case=st.sampled_from(CASES).map(DocumentId),
        role=st.sampled_from(ParticipationRole),
        outcome=st.sampled_from(Outcome),
        happened_on=dates,
    )


def people(*, at_least: int = 0, with_themes: bool = True) -> st.SearchStrategy[Helper]:
    """People with `at_least` so many parts in cases, some with declared themes."""
    themes = st.lists(st.sampled_from(THEMES), unique=True) if with_themes else st.just([])
    return st.builds(
        lambda parts, declared: person("p", *parts, declared=tuple(declared)),
        st.lists(experiences(), min_size=at_least, max_size=9),
        themes,
    )
