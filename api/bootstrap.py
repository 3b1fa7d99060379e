"""The only wiring: from settings to a working Schakel."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from api.account_letters import LETTER_OF, account_letters
from api.beside import ReindexBeside
from api.doorkeeper import Doorkeeper
from api.follower import Follower
from api.indexing import Indexer, Models
from api.introductions import Introducing, whom
from api.letters import introduction_letters
from api.oidc import FederatedLogin
from api.postman import Postman
from api.questions import Desk
from api.references import References
from api.secret import read_secret
from api.served import ServedIndex
from api.settings import Settings
from api.smtp import Smtp
from data.account_tables import LinkPurpose
from data.accounts import Accounts
from data.database import Database, Transaction
from data.documents import SqlDocuments
from data.importer import SAMPLE, import_folder, is_empty
from data.mail import MailOutbox
from data.vectors import SqlVectors
from embeddings.bm25 import Bm25Index
from embeddings.builder import build
from embeddings.caching import CachingEncoder, Progress
from embeddings.encoder import ModelEncoder
from embeddings.recipe import Recipe
from embeddings.storage import IndexFolder
from matcher.errors import ImportRefused, Problem
from matcher.evaluation import JudgedCollection, run_depth
from matcher.pipeline import Matcher
from matcher.ports import Encoder
from matcher.text import has_words, query_text
from matcher.types import DocumentKind, PersonId, Query


@dataclass(frozen=True, slots=True)
class Schakel:
    """Everything that serves, wired."""

    settings: Settings
    database: Database
    served: ServedIndex
    indexer: Indexer
    follower: Follower
    desk: Desk
    doorkeeper: Doorkeeper
    references: References
    federated: FederatedLogin
    introducing: Introducing
    postman: Postman


def open_database(settings: Settings) -> Database:
    """The database, for what needs no model."""
    settings.home.mkdir(parents=True, exist_ok=True)
    return Database.open(settings.database)


def open_folder(settings: Settings) -> IndexFolder:
    """The index on disk, for what needs no model."""
    return IndexFolder(settings.index)


def encoder_of(settings: Settings, model: str | None) -> ModelEncoder:
    """The encoder of `model`, a name as in SCHAKEL_MODEL, on SCHAKEL_BACKEND; not loaded yet."""
    return ModelEncoder.from_name(model, settings.models, settings.backend)


def open_schakel(settings: Settings, encoder: Encoder | None = None) -> Schakel:
    """Wire everything up; the model is not loaded and no index is read yet.

    Without `encoder` it is the one of SCHAKEL_MODEL.
    """
    database = open_database(settings)
    served = ServedIndex()
    indexer = Indexer(
        database,
        SqlVectors(database),
        Models(settings.model, lambda name: encoder or encoder_of(settings, name)),
        open_folder(settings),
        served,
        settings.exact_limit,
    )
    follower = Follower(indexer, None if encoder else ReindexBeside(settings))
    desk = Desk(database, Matcher(served), follower.follow)
    references = References(read_secret(settings))
    postman, introducing = _introducing(settings, database, follower, references)
    doorkeeper = Doorkeeper(database, partial(_invite, postman))
    federated = FederatedLogin.from_settings(
        settings, database, doorkeeper.let_in, doorkeeper.person_of_invitation
    )
    return Schakel(
        settings=settings,
        database=database,
        served=served,
        indexer=indexer,
        follower=follower,
        desk=desk,
        doorkeeper=doorkeeper,
        references=references,
        federated=federated,
        introducing=introducing,
        postman=postman,
    )


def _introducing(
    settings: Settings, database: Database, follower: Follower, references: References
) -> tuple[Postman, Introducing]:
    """Who brings people together and who sends the letters: each has the other do its part."""

    def address_of(person: PersonId) -> str | None:
        with database.read() as session:
            return Accounts(session).email_of(person)

    postman = Postman(
        database,
        letters={
            **introduction_letters(database, address_of, settings),
            **account_letters(database, settings),
        },
        addresses=address_of,
        carrier=Smtp(settings) if settings.smtp_host else None,
        sender=settings.smtp_from or "",
        run_due=lambda now: introducing.run_due(now),
    )
    introducing = Introducing(
        database, follower.follow, postman.wake, meant=partial(whom, references)
    )
    return postman, introducing


def _invite(postman: Postman, session: Transaction, person: PersonId, purpose: LinkPurpose) -> None:
    """Have a link sent to `person`, with the transaction in which that was asked."""
    key = f"{purpose.value}/{uuid.uuid4()}"
    MailOutbox(session).add(LETTER_OF[purpose], person, "", key)
    postman.wake()


def load_sample(database: Database, folder: Path = SAMPLE) -> dict[str, int]:
    """Import the sample set; rows by file. Raises ImportRefused unless the database is empty."""
    with database.write() as session:
        if not is_empty(session):
            raise ImportRefused(
                [Problem("database", "er staan al gegevens in; het voorbeeld niet")]
            )
        return import_folder(session, folder)


def sample_texts() -> list[str]:
    """The problems of the sample set, as they are encoded."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{folder}/sample.db")
        database.migrate()
        load_sample(database)
        with database.read() as session:
            documents = SqlDocuments(session).documents()
        database.close()
    return [d.problem for d in documents if d.kind is not DocumentKind.THEME]


def has_no_data(database: Database) -> bool:
    with database.read() as session:
        return is_empty(session)


def matcher_for(
    collection: JudgedCollection,
    settings: Settings,
    progress: Progress | None,
    recipe: Recipe | None = None,
) -> Matcher:
    """The Matcher that serves, over an index of `collection` alone, in memory.

    Vectors are kept in a file of their own, so that a second evaluation encodes nothing.
    """
    encoder = encoder_of(settings, settings.model)
    vectors = SqlVectors(Database.for_vectors(settings.home / "evaluate" / "vectors.db"))
    caching = CachingEncoder(encoder, vectors, progress, keeps_queries=True)
    served = ServedIndex()
    served.replace(
        build(
            collection.documents(),
            name="evaluation",
            position=0,
            documents_encoder=caching,
            query_encoder=caching,
            recipe=recipe,
        )
    )
    asked = [query_text(Query(q.text, q.day)) for q in collection.queries]
    caching.encode_queries([text for text in asked if has_words(text)])
    return Matcher(served, run_depth(collection))


def baseline_for(collection: JudgedCollection) -> Matcher:
    """The same Matcher over BM25."""
    return Matcher(Bm25Index.from_documents(collection.documents()), run_depth(collection))
