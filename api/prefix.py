"""What all routes share: where they are, and which problems each may answer with."""

from __future__ import annotations

from typing import Any, Final

PREFIX: Final = "/api/v1"

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": description,
        "content": {"application/problem+json": {"schema": {"type": "object"}}},
    }
    for status, description in (
        (400, "De invoer klopt niet; `fouten` noemt elk veld."),
        (401, "U bent niet aangemeld."),
        (403, "Dit mag u niet, al hoort het bij uw bestuur."),
        (404, "Bestaat niet, of is niet met u gedeeld."),
    )
}
