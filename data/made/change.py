"""Other texts for cases that were made before, as when people go on writing."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from data.made.texts import PROBLEM, RESOLUTION, Recombiner
from data.tables import OutboxRow, QuestionRow, ResolutionRow
from matcher.types import QuestionStatus


def change(session: Session, part: float, rng: np.random.Generator) -> int:
    """Give `part` of the cases, at least one, other texts in every field; how many that were.

    With their rows in the outbox, in the transaction of `session`.
    """
    cases = session.execute(
        select(QuestionRow.id, QuestionRow.revision)
        .where(QuestionRow.status == QuestionStatus.SOLVED)
        .order_by(QuestionRow.id)
    ).all()
    texts = Recombiner.from_sample().solved()
    questions: list[dict[str, Any]] = []
    resolutions: list[dict[str, Any]] = []
    for at in sorted(rng.choice(len(cases), max(1, round(part * len(cases))), replace=False)):
        id_, revision = cases[at]
        fields = texts.text((*PROBLEM, *RESOLUTION), rng).fields
        title, situation, tried, goal = (fields[name] for name in PROBLEM)
        approach, worked, did_not_work = (fields[name] for name in RESOLUTION)
        questions.append(
            {
                "id": id_,
                "revision": revision + 1,
                "title": title,
                "situation": situation,
                "tried": tried,
                "goal": goal,
            }
        )
        resolutions.append(
            {
                "question_id": id_,
                "approach": approach,
                "worked": worked,
                "did_not_work": did_not_work,
            }
        )
    session.execute(update(QuestionRow), questions)
    session.execute(update(ResolutionRow), resolutions)
    session.execute(insert(OutboxRow), [{"document_id": each["id"]} for each in questions])
    return len(questions)
