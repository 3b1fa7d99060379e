"""Text files of one record a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from matcher.errors import Problem


def read_lines(path: Path, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """Each line that is not blank, after its place ("cases.tsv, regel 3").

    A file that is not there or no UTF-8 has no lines; that is added to `problems`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problems.append(Problem(path.name, "het bestand is er niet of is geen UTF-8"))
        return
    for number, line in enumerate(text.split("\n"), start=1):  # JSON may hold other line ends
        if line.strip():
            yield f"{path.name}, regel {number}", line
