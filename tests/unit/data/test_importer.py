from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import func, select

from data.database import Database
from data.documents import SqlDocuments
from data.importer import import_folder, is_empty
from data.questions import Questions
from data.tables import (
    Base,
    OrganisationRow,
    OutboxRow,
    ParticipationRow,
    PersonRow,
    QuestionRow,
)
from matcher.errors import ImportRefused
from matcher.types import ContactPreference, ParticipationRole, QuestionStatus, Role, Sector, Viewer

HEADERS = {
    "samenwerkingsverbanden.csv": "code;naam",
    "regios.csv": "code;naam;samenwerkingsverband",
    "besturen.csv": "code;naam;samenwerkingsverband",
    "organisaties.csv": (
        "code;naam;soort;sector;samenwerkingsverband;bestuur;regio;brin;plaats;leerlingen"
    ),
    "themas.csv": "code;naam;groep;omschrijving",
    "personen.csv": (
        "code;naam;rol;functie;organisatie;themas;vindbaar;contact;gesprekken_per_maand;afwezig_tot"
    ),
    "vragen.csv": (
        "code;titel;situatie;geprobeerd;doel;themas;vorm;rol;sector;deelbereik;status;steller;datum"
    ),
    "opbrengsten.csv": "vraag;aanpak;wat_werkte;wat_niet_werkte;resultaat;datum",
    "deelnames.csv": "persoon;vraag;rol",
}
ROWS = {
    "samenwerkingsverbanden.csv": ("noord;Noord", "zuid;Zuid"),
    "regios.csv": ("kern;De kern;noord", "rand;De rand;zuid"),
    "besturen.csv": ("bestuur-a;Bestuur A;noord", "bestuur-z;Bestuur Z;zuid"),
    "organisaties.csv": (
        "school-a;School A;school;po;noord;bestuur-a;kern;01AB;Ede;120",
        "ggd;GGD;ggd;;noord;;;;;",
    ),
    "themas.csv": ("nt2;NT2;inhoud;Nieuwkomers.", "ouders;Ouders;inhoud;Ouders van leerlingen."),
    "personen.csv": (
        "p1;Ans;schoolleider;directeur;school-a;nt2|ouders;ja;direct;3;2026-10-01",
        "p2;Bo;partner;arts;ggd;;nee;niet;;",
    ),
    "vragen.csv": (
        "v1;Open;Situatie;;;nt2;sparren;adviseren;po;bestuur;open;p1;2026-03-02",
        "v2;Dicht;Situatie;Gebeld;Rust;;;;;landelijk;opgelost;p1;2026-03-03",
    ),
    "opbrengsten.csv": ("v2;Aanpak;Werkte;Niet;deels;2026-05-04",),
    "deelnames.csv": ("p2;v2;oplosser",),
}


def _folder(path: Path, changed: Mapping[str, tuple[str, ...]], *, alone: bool = False) -> Path:
    """The files of ROWS with the rows of `changed` in place; `alone`: only those of `changed`."""
    path.mkdir(exist_ok=True)
    for name, rows in (changed if alone else {**ROWS, **changed}).items():
        (path / name).write_text("\n".join([HEADERS[name], *rows, ""]), encoding="utf-8")
    return path


def _import(database: Database, folder: Path) -> dict[str, int]:
    with database.write() as session:
        return import_folder(session, folder)


def _refused(database: Database, folder: Path) -> list[str]:
    before = _stored(database)
    with pytest.raises(ImportRefused) as refused:
        _import(database, folder)
    assert _stored(database) == before
    return [str(problem) for problem in refused.value.problems]


def _stored(database: Database) -> dict[str, int]:
    """The number of rows of each table that can be empty: the audit has a head from the start."""
    with database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name != "audit_head"
        }


def _with(name: str, column: str, value: str, *, row: int = 0) -> dict[str, tuple[str, ...]]:
    """The rows of file `name`, with `value` in one cell."""
    rows = list(ROWS[name])
    cells = rows[row].split(";")
    cells[HEADERS[name].split(";").index(column)] = value
    rows[row] = ";".join(cells)
    return {name: tuple(rows)}


def test_the_rows_of_each_file_are_counted(database: Database, tmp_path: Path) -> None:
    counts = _import(database, _folder(tmp_path / "in", {}))
    assert counts == {name: len(rows) for name, rows in ROWS.items()}


def test_organisations_are_stored_as_they_were_written(database: Database, tmp_path: Path) -> None:
    _import(database, _folder(tmp_path / "in", {}))
    with database.read() as session:
        school = session.get_one(OrganisationRow, "school-a")
        assert (school.name, school.kind.value, school.sector) == (
            "School A",
            "school",
            Sector.PRIMARY,
        )
        assert (school.partnership_id, school.board_id, school.region_id) == (
            "noord",
            "bestuur-a",
            "kern",
        )
        assert (school.brin, school.place, school.pupils) == ("01AB", "Ede", 120)
        partner = session.get_one(OrganisationRow, "ggd")
        assert (partner.sector, partner.board_id, partner.region_id) == (None, None, None)
        assert (partner.brin, partner.place, partner.pupils) == (None, None, None)


def test_people_are_stored_as_they_were_written(database: Database, tmp_path: Path) -> None:
    _import(database, _folder(tmp_path / "in", {}))
    with database.read() as session:
        ans, bo = session.get_one(PersonRow, "p1"), session.get_one(PersonRow, "p2")
        assert (ans.role, ans.organisation_id) == (Role.SCHOOL_LEADER, "school-a")
        assert [theme.id for theme in ans.themes] == ["nt2", "ouders"]
        assert (ans.findable, ans.contact, ans.capacity) == (True, ContactPreference.DIRECT, 3)
        assert str(ans.away_until) == "2026-10-01"
        assert (bo.findable, bo.contact, bo.capacity) == (False, ContactPreference.NOT, None)
        assert bo.away_until is None


def test_a_solved_question_is_a_case_of_the_asker_s_school(
    database: Database, tmp_path: Path
) -> None:
    _import(database, _folder(tmp_path / "in", {}))
    with database.read() as session:
        case = Questions(session).case("v2", Viewer())
        assert (case.organisation, case.asker, case.tried) == ("school-a", "p1", "Gebeld")
        assert case.resolution is not None
        assert case.resolution.did_not_work == "Niet"
        took_part = session.scalars(select(ParticipationRow).filter_by(question_id="v2"))
        assert {(row.person_id, row.role) for row in took_part} == {
            ("p1", ParticipationRole.ASKER),
            ("p2", ParticipationRole.SOLVER),
        }


def test_words_may_be_written_with_capitals(database: Database, tmp_path: Path) -> None:
    _import(database, _folder(tmp_path / "in", _with("vragen.csv", "status", "OPEN")))
    with database.read() as session:
        assert session.get_one(QuestionRow, "v1").status is QuestionStatus.OPEN


def test_each_new_theme_and_question_has_one_outbox_row_and_nothing_else_has(
    database: Database, tmp_path: Path
) -> None:
    _import(database, _folder(tmp_path / "in", {}))
    with database.read() as session:
        documents = session.scalars(select(OutboxRow.document_id)).all()
    assert sorted(documents) == ["thema:nt2", "thema:ouders", "v1", "v2"]


def test_what_was_there_already_is_not_announced_again(database: Database, tmp_path: Path) -> None:
    _import(database, _folder(tmp_path / "first", {}))
    with database.read() as session:
        position = SqlDocuments(session).position()
    row = "v3;Nog een;Situatie;;;;;;;school;open;p2;2026-06-01"
    _import(database, _folder(tmp_path / "second", {"vragen.csv": (row,)}, alone=True))
    with database.read() as session:
        assert SqlDocuments(session).written_since(position) == ["v3"]


@pytest.mark.parametrize(
    "more",
    [
        {"deelnames.csv": ("p2;v1;adviseur",)},
        {"opbrengsten.csv": ("v1;Aanpak;;;niet;2026-06-02",)},
        {
            "opbrengsten.csv": ("v1;Aanpak;;;niet;2026-06-02",),
            "deelnames.csv": ("p2;v1;adviseur", "p2;v1;oplosser"),
        },
    ],
    ids=["participation", "resolution", "both"],
)
def test_what_is_added_to_a_question_in_the_database_announces_it_once(
    database: Database, tmp_path: Path, more: dict[str, tuple[str, ...]]
) -> None:
    _import(database, _folder(tmp_path / "first", {}))
    with database.write() as session:
        session.get_one(QuestionRow, "v1").status = QuestionStatus.SOLVED
        position = SqlDocuments(session).position()
    _import(database, _folder(tmp_path / "second", more, alone=True))
    with database.read() as session:
        written = select(OutboxRow.document_id).where(OutboxRow.position > position)
        assert session.scalars(written).all() == ["v1"]


def test_an_import_may_refer_to_what_is_in_the_database(database: Database, tmp_path: Path) -> None:
    _import(database, _folder(tmp_path / "first", {}))
    more = {
        "organisaties.csv": ("school-b;School B;school;vo;noord;bestuur-a;kern;;;",),
        "personen.csv": ("p3;Cor;beleidsadviseur;adviseur;school-a;nt2;ja;direct;;",),
        "vragen.csv": ("v3;Derde;Situatie;;;ouders;;;;school;opgelost;p2;2026-06-01",),
        "opbrengsten.csv": ("v3;Aanpak;;;niet;2026-06-02",),
        "deelnames.csv": ("p1;v3;mede-oplosser", "p3;v2;adviseur"),
    }
    assert _import(database, _folder(tmp_path / "second", more, alone=True)) == {
        name: len(rows) for name, rows in more.items()
    }
    with database.read() as session:
        assert session.get_one(PersonRow, "p3").organisation.name == "School A"
        assert session.get_one(QuestionRow, "v3").organisation_id == "ggd"
        assert {row.person_id for row in session.get_one(QuestionRow, "v2").participations} == {
            "p1",
            "p2",
            "p3",
        }


def test_importing_the_same_twice_is_refused_for_every_code(
    database: Database, tmp_path: Path
) -> None:
    folder = _folder(tmp_path / "in", {})
    _import(database, folder)
    problems = _refused(database, folder)
    for name in HEADERS:
        if name not in ("opbrengsten.csv", "deelnames.csv"):
            for line in range(2, 2 + len(ROWS[name])):
                assert f"{name}, regel {line}, kolom code: deze code bestaat al" in problems


def test_a_bad_row_in_the_last_file_leaves_an_empty_database(
    database: Database, tmp_path: Path
) -> None:
    folder = _folder(tmp_path / "in", {"deelnames.csv": ("p2;v2;oplosser", "p2;v2;toeschouwer")})
    (problem,) = _refused(database, folder)
    assert problem.startswith("deelnames.csv, regel 3, kolom rol: moet een van deze woorden zijn:")
    assert set(_stored(database).values()) == {0}


def test_all_problems_of_all_files_come_at_once_with_file_line_and_column(
    database: Database, tmp_path: Path
) -> None:
    changed = {
        **_with("organisaties.csv", "soort", "kerk"),
        **_with("themas.csv", "naam", "", row=1),
        **_with("opbrengsten.csv", "datum", "4 mei"),
        "personen.csv": (
            "p1;;schoolleider;directeur;school-a;;misschien;direct;veel;",
            "p2;Bo;partner;arts;ggd;;nee;niet;;31-12-2026",
        ),
    }
    problems = _refused(database, _folder(tmp_path / "in", changed))
    assert [problem.split(":")[0] for problem in problems] == [
        "organisaties.csv, regel 2, kolom soort",
        "themas.csv, regel 3, kolom naam",
        "personen.csv, regel 2, kolom naam",
        "personen.csv, regel 2, kolom vindbaar",
        "personen.csv, regel 2, kolom gesprekken_per_maand",
        "personen.csv, regel 3, kolom afwezig_tot",
        "opbrengsten.csv, regel 2, kolom datum",
    ]


def test_all_files_that_cannot_be_read_are_reported_before_rows_of_others_are_looked_at(
    database: Database, tmp_path: Path
) -> None:
    folder = _folder(tmp_path / "in", _with("vragen.csv", "vorm", "zingen"))
    (folder / "regios.csv").write_text("code;naam\n", encoding="utf-8")
    (folder / "themas.csv").write_text(
        f'{HEADERS["themas.csv"]}\nnt2;NT2;inhoud;"Nieuw"komers\n', encoding="utf-8"
    )
    row = f"{ROWS['deelnames.csv'][0]};te-veel"
    (folder / "deelnames.csv").write_text(f"{HEADERS['deelnames.csv']}\n{row}\n", encoding="utf-8")
    assert _refused(database, folder) == [
        "regios.csv, regel 1: kolommen ontbreken: samenwerkingsverband",
        "themas.csv, regel 2: aanhalingstekens staan hier of hiervoor niet goed",
        "deelnames.csv, regel 2: er staan te veel cellen in de regel",
    ]


@pytest.mark.parametrize(
    ("name", "column"),
    [(name, column) for name, header in HEADERS.items() for column in header.split(";")],
)
def test_a_problem_never_repeats_the_value_that_was_typed(
    database: Database, tmp_path: Path, name: str, column: str
) -> None:
    """In no column, whether the value is wrong there or not; another row is wrong in any case."""
    value = "Geheim-" * 40
    changed = {
        **_with("personen.csv", "rol", "tovenaar", row=1),
        **_with("samenwerkingsverbanden.csv", "naam", "", row=1),
    }
    changed |= _with(name, column, value)
    problems = _refused(database, _folder(tmp_path / "in", changed))
    assert problems
    assert "geheim" not in "\n".join(problems).lower()


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("organisaties.csv", "soort"),
        ("organisaties.csv", "sector"),
        ("personen.csv", "rol"),
        ("personen.csv", "contact"),
        ("vragen.csv", "vorm"),
        ("vragen.csv", "rol"),
        ("vragen.csv", "sector"),
        ("vragen.csv", "deelbereik"),
        ("vragen.csv", "status"),
        ("opbrengsten.csv", "resultaat"),
        ("deelnames.csv", "rol"),
    ],
)
def test_an_unknown_word_is_a_problem_that_names_the_known_ones(
    database: Database, tmp_path: Path, name: str, column: str
) -> None:
    problems = _refused(database, _folder(tmp_path / "in", _with(name, column, "onzin")))
    assert len(problems) == 1
    assert problems[0].startswith(
        f"{name}, regel 2, kolom {column}: moet een van deze woorden zijn: "
    )


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("samenwerkingsverbanden.csv", "code"),
        ("samenwerkingsverbanden.csv", "naam"),
        ("organisaties.csv", "soort"),
        ("organisaties.csv", "samenwerkingsverband"),
        ("themas.csv", "groep"),
        ("themas.csv", "omschrijving"),
        ("personen.csv", "rol"),
        ("personen.csv", "functie"),
        ("personen.csv", "organisatie"),
        ("personen.csv", "vindbaar"),
        ("personen.csv", "contact"),
        ("vragen.csv", "titel"),
        ("vragen.csv", "situatie"),
        ("vragen.csv", "deelbereik"),
        ("vragen.csv", "status"),
        ("vragen.csv", "steller"),
        ("vragen.csv", "datum"),
        ("opbrengsten.csv", "vraag"),
        ("opbrengsten.csv", "aanpak"),
        ("opbrengsten.csv", "resultaat"),
        ("opbrengsten.csv", "datum"),
        ("deelnames.csv", "persoon"),
        ("deelnames.csv", "vraag"),
        ("deelnames.csv", "rol"),
    ],
)
def test_a_cell_that_is_needed_cannot_be_empty(
    database: Database, tmp_path: Path, name: str, column: str
) -> None:
    problems = _refused(database, _folder(tmp_path / "in", _with(name, column, " ")))
    about = [p for p in problems if p.startswith(f"{name}, regel 2, kolom {column}: ")]
    assert len(about) == 1


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("regios.csv", "samenwerkingsverband"),
        ("besturen.csv", "samenwerkingsverband"),
        ("organisaties.csv", "samenwerkingsverband"),
        ("organisaties.csv", "bestuur"),
        ("organisaties.csv", "regio"),
        ("personen.csv", "organisatie"),
        ("vragen.csv", "steller"),
        ("opbrengsten.csv", "vraag"),
        ("deelnames.csv", "persoon"),
        ("deelnames.csv", "vraag"),
    ],
)
def test_an_unknown_code_is_a_problem(
    database: Database, tmp_path: Path, name: str, column: str
) -> None:
    problems = _refused(database, _folder(tmp_path / "in", _with(name, column, "bestaat-niet")))
    assert problems[0] == f"{name}, regel 2, kolom {column}: deze code bestaat niet"


@pytest.mark.parametrize("name", ["personen.csv", "vragen.csv"])
def test_one_unknown_theme_among_known_ones_is_a_problem(
    database: Database, tmp_path: Path, name: str
) -> None:
    folder = _folder(tmp_path / "in", _with(name, "themas", "nt2 | bestaat-niet"))
    assert _refused(database, folder) == [
        f"{name}, regel 2, kolom themas: een van de codes bestaat niet"
    ]


@pytest.mark.parametrize("name", list(HEADERS)[:7])
def test_a_code_that_comes_twice_is_a_problem_of_the_second(
    database: Database, tmp_path: Path, name: str
) -> None:
    folder = _folder(tmp_path / "in", {name: (*ROWS[name], ROWS[name][0])})
    line = 2 + len(ROWS[name])
    assert f"{name}, regel {line}, kolom code: deze code bestaat al" in _refused(database, folder)


@pytest.mark.parametrize("code", ["Hoofdletter", "met blank", "thema:x", "-x", "é", "x" * 37])
def test_a_code_of_another_form_is_a_problem(database: Database, tmp_path: Path, code: str) -> None:
    problems = _refused(database, _folder(tmp_path / "in", _with("themas.csv", "code", code)))
    assert problems[0].startswith("themas.csv, regel 2, kolom code: mag alleen")


def test_the_longest_code_that_fits_is_taken(database: Database, tmp_path: Path) -> None:
    folder = _folder(
        tmp_path / "in", {"samenwerkingsverbanden.csv": ("x" * 36 + ";X",)}, alone=True
    )
    assert _import(database, folder) == {"samenwerkingsverbanden.csv": 1}


@pytest.mark.parametrize(
    ("name", "column", "longest"),
    [
        ("samenwerkingsverbanden.csv", "naam", 200),
        ("organisaties.csv", "brin", 6),
        ("organisaties.csv", "plaats", 200),
        ("themas.csv", "groep", 24),
        ("personen.csv", "functie", 200),
        ("vragen.csv", "titel", 200),
    ],
)
def test_a_text_longer_than_its_column_is_a_problem(
    database: Database, tmp_path: Path, name: str, column: str, longest: int
) -> None:
    too_long = _folder(tmp_path / "long", _with(name, column, "x" * (longest + 1)))
    assert _refused(database, too_long) == [
        f"{name}, regel 2, kolom {column}: mag niet langer zijn dan {longest} tekens"
    ]
    just = _folder(tmp_path / "just", _with(name, column, "x" * longest))
    assert _import(database, just)[name] == len(ROWS[name])


@pytest.mark.parametrize(
    "number", ["-1", "1,5", "1.0", "veel", "²", "1000000", "99999999999999999999"]
)
def test_a_number_is_whole_and_not_negative(
    database: Database, tmp_path: Path, number: str
) -> None:
    folder = _folder(tmp_path / "in", _with("organisaties.csv", "leerlingen", number))
    assert _refused(database, folder) == [
        "organisaties.csv, regel 2, kolom leerlingen: "
        "moet een heel getal zijn, van hooguit zes cijfers"
    ]


@pytest.mark.parametrize(("number", "stored"), [("0", 0), ("007", 7), ("999999", 999_999)])
def test_a_number_of_at_most_six_digits_is_taken(
    database: Database, tmp_path: Path, number: str, stored: int
) -> None:
    _import(database, _folder(tmp_path / "in", _with("organisaties.csv", "leerlingen", number)))
    with database.read() as session:
        assert session.get_one(OrganisationRow, "school-a").pupils == stored


@pytest.mark.parametrize("column", ["bestuur", "regio"])
def test_an_organisation_cannot_belong_to_what_is_of_another_partnership(
    database: Database, tmp_path: Path, column: str
) -> None:
    other = {"bestuur": "bestuur-z", "regio": "rand"}[column]
    folder = _folder(tmp_path / "in", _with("organisaties.csv", column, other))
    assert _refused(database, folder) == [
        f"organisaties.csv, regel 2, kolom {column}: hoort bij een ander samenwerkingsverband"
    ]


def test_a_solved_question_without_resolution_is_a_problem(
    database: Database, tmp_path: Path
) -> None:
    assert _refused(database, _folder(tmp_path / "in", {"opbrengsten.csv": ()})) == [
        "vragen.csv, regel 3, kolom status: "
        "is opgelost, maar in opbrengsten.csv staat geen opbrengst"
    ]


def test_every_solved_question_without_resolution_is_reported_without_its_code(
    database: Database, tmp_path: Path
) -> None:
    rows = tuple(f"geheim-{n};Dicht;Situatie;;;;;;;school;opgelost;p1;2026-03-03" for n in (1, 2))
    changed = {"vragen.csv": (*ROWS["vragen.csv"], *rows)}
    problems = _refused(database, _folder(tmp_path / "in", changed))
    assert problems == [
        f"vragen.csv, regel {line}, kolom status: "
        "is opgelost, maar in opbrengsten.csv staat geen opbrengst"
        for line in (4, 5)
    ]
    assert "geheim" not in "\n".join(problems)


@pytest.mark.parametrize("status", ["concept", "open", "in-gesprek", "ingetrokken"])
def test_a_resolution_of_a_question_that_is_not_solved_is_a_problem(
    database: Database, tmp_path: Path, status: str
) -> None:
    folder = _folder(tmp_path / "in", _with("vragen.csv", "status", status, row=1))
    assert _refused(database, folder) == [
        "opbrengsten.csv, regel 2, kolom vraag: deze vraag heeft niet de status opgelost"
    ]


def test_a_second_resolution_is_a_problem(database: Database, tmp_path: Path) -> None:
    rows = ROWS["opbrengsten.csv"] * 2
    assert _refused(database, _folder(tmp_path / "in", {"opbrengsten.csv": rows})) == [
        "opbrengsten.csv, regel 3, kolom vraag: deze vraag heeft al een opbrengst"
    ]


def test_a_second_resolution_of_a_case_in_the_database_is_a_problem(
    database: Database, tmp_path: Path
) -> None:
    _import(database, _folder(tmp_path / "first", {}))
    again = {"opbrengsten.csv": ROWS["opbrengsten.csv"]}
    assert _refused(database, _folder(tmp_path / "second", again, alone=True)) == [
        "opbrengsten.csv, regel 2, kolom vraag: deze vraag heeft al een opbrengst"
    ]


@pytest.mark.parametrize("row", ["p1;v2;steller", "p2;v2;steller", "p2;v1;STELLER"])
def test_an_asker_among_the_participations_is_a_problem(
    database: Database, tmp_path: Path, row: str
) -> None:
    """Also one who is the asker already: who asked is said in one place."""
    folder = _folder(tmp_path / "in", {"deelnames.csv": ("p2;v2;oplosser", row)})
    assert _refused(database, folder) == [
        "deelnames.csv, regel 3, kolom rol: de steller van een vraag staat in vragen.csv"
    ]


def test_a_participation_that_is_there_already_is_a_problem(
    database: Database, tmp_path: Path
) -> None:
    folder = _folder(tmp_path / "in", {"deelnames.csv": ("p2;v2;oplosser", "p2;v2;oplosser")})
    assert _refused(database, folder) == [
        "deelnames.csv, regel 3, kolom persoon: deze deelname staat er al"
    ]


def test_a_participation_that_is_in_the_database_is_a_problem(
    database: Database, tmp_path: Path
) -> None:
    _import(database, _folder(tmp_path / "first", {}))
    again = {"deelnames.csv": ROWS["deelnames.csv"]}
    assert _refused(database, _folder(tmp_path / "second", again, alone=True)) == [
        "deelnames.csv, regel 2, kolom persoon: deze deelname staat er al"
    ]


def test_one_person_may_have_two_roles_in_a_case(database: Database, tmp_path: Path) -> None:
    rows = ("p2;v2;oplosser", "p2;v2;adviseur", "p1;v2;oplosser")
    _import(database, _folder(tmp_path / "in", {"deelnames.csv": rows}))
    assert _stored(database)["participation"] == 2 + len(rows)  # and the askers of v1 and v2


def test_a_folder_without_any_known_file_is_refused(database: Database, tmp_path: Path) -> None:
    (tmp_path / "leerlingen.csv").write_text("code;naam\n", encoding="utf-8")
    (problem,) = _refused(database, tmp_path)
    assert all(name in problem for name in HEADERS)
    assert str(tmp_path.parent) not in problem


def test_a_database_is_empty_until_an_organisation_is_stored(
    database: Database, tmp_path: Path
) -> None:
    with database.read() as session:
        assert is_empty(session)
    _import(database, _folder(tmp_path / "in", {}))
    with database.read() as session:
        assert not is_empty(session)
