"""A platform's file as it is sent: what is understood of it, what is refused, what is kept."""

import csv
import io
import shutil
import stat
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from siei_match.cli.program import main
from siei_match.collect import REGLES, collect, read_answers
from siei_match.collect.dates import read_date
from siei_match.collect.rows import MOST_ROWS
from siei_match.collect.words import answers, fold, headings
from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.output.memory.answers import list_collected, read_collected
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import DeliveryError, OutputError, SettingsError, SieiError
from siei_match.reference.vocabulary import AVERTISSEMENT, REJET
from siei_match.stages.publish.workbooks import render_xlsx
from tests.publication import PERSONNELS, frame, publish

A, B, C = (f"s{n:031x}" for n in (0xA1, 0xB2, 0xC3))
JOUR = date(2027, 2, 20)
MOI = Actor("colette", datetime(2027, 2, 20, 9, tzinfo=UTC))


def write_csv(path: Path, rows: list[list[str]], sep: str = ";", encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=sep).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def understood(path: Path) -> list[tuple[object, ...]]:
    return read_answers(path, JOUR).reponses.rows()


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2027-01-12", date(2027, 1, 12)),
        ("2027-01-12 14:30:00", date(2027, 1, 12)),
        ("12/01/2027", date(2027, 1, 12)),
        ("12/1/27", date(2027, 1, 12)),
        ("12.01.2027", date(2027, 1, 12)),
        ("12-01-2027 à 9h30", date(2027, 1, 12)),
        ("12 janvier 2027", date(2027, 1, 12)),
        ("Mardi 12 Janvier 2027", date(2027, 1, 12)),
        ("le 1er février 2027", date(2027, 2, 1)),
        ("12-janv.-27", date(2027, 1, 12)),
        ("15 août 2026", date(2026, 8, 15)),
        ("46399", date(2027, 1, 12)),
        (46399, date(2027, 1, 12)),
        (46399.6, date(2027, 1, 12)),
        (datetime(2027, 1, 12, 9, tzinfo=UTC), date(2027, 1, 12)),
        ("31/02/2027", None),
        ("12 brumaire 2027", None),
        ("12/01/1927", None),
        ("hier", None),
        ("12", None),
        (True, None),
        (1e12, None),
    ],
)
def test_dates_as_offices_write_them(cell: object, day: date | None) -> None:
    assert read_date(cell) == day


@pytest.mark.parametrize(
    ("said", "retour"),
    [
        ("En formation", "en_formation"),
        ("en_formation", "en_formation"),
        ("  DÉJÀ   en emploi. ", "en_emploi"),
        ("Scolarisé(e)", "en_formation"),
        ("Scolarisé·e", "en_formation"),
        ("injoignable", "injoignable"),
        ("A demenage", "demenage"),
        ("Doublon !", "doublon"),
        ("pas en formation", None),
        ("n'est plus en emploi", None),
        ("oui", None),
        ("décédé", "decede"),
        ("En service civique", "service_civique"),
        ("RDV pris", "rendez_vous"),
        ("message laissé", "contacte_sans_reponse"),
        ("faux numéro", "coordonnees_incorrectes"),
        ("ne souhaite plus être accompagnée", "ne_souhaite_plus"),
        ("Saisi par erreur", "annule"),
        ("ne souhaite pas d'accompagnement", "refus"),
    ],
)
def test_answers_in_words(said: str, retour: str | None) -> None:
    assert answers().get(fold(said)) == retour


def test_the_tables_of_words_mean_what_the_contract_lists() -> None:
    fields = {f["name"]: f for f in declaration("extraits/retours").fields}
    assert set(headings().values()) == set(fields)
    assert set(answers().values()) == set(fields["retour"]["constraints"]["enum"])
    # The columns of a list, sent back with it, are not mistaken for answers.
    liste = declaration("tables/liste").columns
    assert {c for c in liste if fold(c) in headings()} == {"id_signalement"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "windows-1252", "iso-8859-15", "utf-16"]
)
@pytest.mark.parametrize("sep", [";", ",", "\t"])
def test_text_however_it_was_saved(tmp_path: Path, encoding: str, sep: str) -> None:
    rows = [
        ["Réponses de la plateforme d’Évreux".replace("’", "'"), "", "", ""],
        ["", "", "", ""],
        ["Réponse", " IDENTIFIANT ", "Plateforme de destination", "Date de la réponse"],
        ['Scolarisé, déjà; "inscrit"\nau lycée', C, "", ""],
        ["Déménagé", A.upper(), "PSAD-001-01", "12 févr. 2027"],
        ["", B, "", ""],
    ]
    path = write_csv(tmp_path / "r.csv", rows, sep, encoding)
    lecture = read_answers(path, JOUR)
    assert lecture.reponses.rows() == [(5, A, date(2027, 2, 12), "demenage", "PSAD-001-01")]
    assert (lecture.rows_read, lecture.refusees, lecture.sans_reponse) == (3, 1, 1)


def test_the_exported_list_with_answers_added(tmp_path: Path) -> None:
    row = dict.fromkeys(declaration("tables/liste").columns)
    liste = frame("liste", [
        row | {"id_signalement": i, "campagne": "2026-10", "psad": "P", "age": 17,
               "nom_naissance": PERSONNELS[0], "suivi_mission_locale": "non",
               "public": "obligation_formation", "situation": "confirme",
               "premier_signalement": "2026-10", "nombre_signalements": 1}
        for i in (A, B, C)
    ])  # fmt: skip
    path = tmp_path / "liste.xlsx"
    path.write_bytes(render_xlsx(liste, "Liste"))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    for column, values in {
        # The empty columns of the export (29 to 32) are left, others are added.
        33: ["Réponse", "En apprentissage", "injoignable", None],
        34: ["Date de l'appel", date(2027, 1, 12), 46400, None],
        35: ["Observations", "vu avec sa mère", None, "rappeler"],
    }.items():
        for at, value in enumerate(values, start=1):
            sheet.cell(at, column, value)
    sheet.insert_rows(1)
    sheet.cell(1, 1, "Retour de la plateforme P")
    book.save(path)
    lecture = read_answers(path, JOUR)
    assert lecture.reponses.rows() == [
        (3, A, date(2027, 1, 12), "en_formation", None),
        (4, B, date(2027, 1, 13), "injoignable", None),
    ]
    assert (lecture.rows_read, lecture.sans_reponse, lecture.comments) == (3, 1, 2)
    assert "mère" not in repr(lecture)


CASES = [
    (["x", "en formation", "", ""], "id_signalement_lisible", REJET),
    (["", "en formation", "", ""], "id_signalement_present", REJET),
    ([A, "peut-être", "", ""], "retour_connu", REJET),
    ([A, "", "", "PSAD-001-01"], "retour_present", REJET),
    (["=A1", "en formation", "", ""], "sans_formule", REJET),
    ([A, "=B7", "", ""], "sans_formule", REJET),
    ([A, "suivi", "=TODAY()", ""], "date_retour_lisible", AVERTISSEMENT),
    ([A, "suivi", "bientôt", ""], "date_retour_lisible", AVERTISSEMENT),
    ([A, "suivi", "21/02/2027", ""], "date_retour_passee", AVERTISSEMENT),
    ([A, "suivi", "", "chez sa mère"], "psad_destination_lisible", AVERTISSEMENT),
]


@pytest.mark.parametrize(("cells", "regle", "gravite"), CASES)
def test_rules(tmp_path: Path, cells: list[str], regle: str, gravite: str) -> None:
    heading = ["identifiant", "réponse", "date", "destination"]
    lecture = read_answers(write_xlsx(tmp_path / "r.xlsx", [heading, cells]), JOUR)
    assert lecture.rejets.select("ligne", "gravite", "regle").rows() == [(2, gravite, regle)]
    assert lecture.rows_read == 1
    assert lecture.refusees == (gravite == REJET)
    assert set(lecture.rejets["regle"]) <= set(REGLES)


def test_a_file_that_contradicts_itself_is_not_guessed_at(tmp_path: Path) -> None:
    rows = [["id", "retour"], [A, "suivi"], [A, "en emploi"], [B, "suivi"], [B, "accompagné"]]
    lecture = read_answers(write_csv(tmp_path / "r.csv", rows), JOUR)
    assert lecture.rejets["regle"].to_list() == ["reponses_contraires"] * 2
    assert lecture.reponses["ligne"].to_list() == [4, 5]


def bomb(path: Path) -> Path:
    write_xlsx(path, [["id", "retour"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.xml", b"\0" * (60 << 20))
    return path


def entities(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    return path


def far_row(path: Path) -> Path:
    """A sheet whose only row says that it is the billionth."""
    write_xlsx(path, [["id", "retour"], [A, "suivi"]])
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'row r="2"', b'row r="999999999"').replace(b'"A2"', b'"A999999999"').replace(b'"B2"', b'"B999999999"')  # fmt: skip
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return path


def raw(content: bytes):
    return lambda path: path.write_bytes(content) and path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (bomb, "more than 50 MB"),
        (entities, "damaged"),
        (far_row, "more than 100000 rows"),
        (raw(b"PK\x03\x04 cut short"), "damaged"),
        (raw(b"\xd0\xcf\x11\xe0 old"), "old Excel file"),
        (raw(b"  \n"), "empty"),
        (raw(b"\x00\x01\x02\xff"), "neither a workbook nor a text"),
        (raw(b"id_signalement;nom\n"), "headings with retour"),
        (raw(b"nom;age\nDUPONT;17\n"), "id_signalement and retour"),
        (raw(b"id;retour\n" + b"x;suivi\n" * (MOST_ROWS + 60)), "more than 100000 rows"),
        (lambda path: path, "not found"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(tmp_path: Path, make, said: str) -> None:
    with pytest.raises(DeliveryError, match=said) as refusal:
        read_answers(make(tmp_path / "r.xlsx"))
    assert refusal.value.remedy
    assert "DUPONT" not in str(refusal.value)


# What is kept. The published campaign lists p…a1 to PSAD-029-01 and p…b2 nowhere.


@pytest.fixture(scope="module")
def publiee(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("publiee") / "out"
    publish(out)
    signales = pl.read_parquet(out / "campagnes/2026-10/signalements.parquet")
    signales.with_columns(id_signalement=pl.Series([A, B])).write_parquet(
        out / "campagnes/2026-10/signalements.parquet"
    )
    return out


@pytest.fixture
def sortie(publiee: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(publiee, tmp_path / "out"))


def answer(path: Path, *rows: list[str]) -> Path:
    return write_csv(path, [["id", "retour", "date", "destination", "commentaire"], *rows])


def test_answers_are_kept_once_privately_and_audited(sortie: Path, tmp_path: Path) -> None:
    path = answer(tmp_path / "r.csv", [A, "en emploi", "", "", "SECRET"], [C, "suivi", "", "", ""])
    collecte = collect(sortie, path, MOI, psad="PSAD-029-01")
    assert (collecte.unknown, collecte.deja, collecte.lecture.comments) == ((3,), False, 1)
    assert collecte.chemin is not None
    assert stat.S_IMODE(collecte.chemin.stat().st_mode) == 0o600
    assert stat.S_IMODE(collecte.chemin.parent.stat().st_mode) == 0o700
    before = collecte.chemin.read_bytes()
    assert b"SECRET" not in before
    plus_tard = Actor("autre", datetime(2027, 3, 1, tzinfo=UTC))
    assert collect(sortie, path, plus_tard, psad="PSAD-029-01").deja
    assert list_collected(sortie) == [collecte.chemin]
    assert collecte.chemin.read_bytes() == before
    assert [e.acte for e in audit.read_entries(sortie)] == ["collecte"]
    kept = read_collected(sortie)
    assert kept["date_collecte"].unique().to_list() == [JOUR]
    assert kept["psad"].unique().to_list() == ["PSAD-029-01"]


def test_what_a_platform_never_held_is_refused_until_it_is_handed_over(
    sortie: Path, tmp_path: Path
) -> None:
    path = answer(tmp_path / "r.csv", [A, "en emploi", "", "", ""])
    collecte = collect(sortie, path, MOI, psad="PSAD-075-01")
    assert collecte.lecture.rejets["regle"].to_list() == ["signalement_de_la_plateforme"]
    assert collecte.chemin is None
    assert read_collected(sortie).is_empty()
    transfert = answer(tmp_path / "t.csv", [A, "déménagé", "", "PSAD-075-01", ""])
    collect(sortie, transfert, MOI, psad="PSAD-029-01")
    assert collect(sortie, path, MOI, psad="PSAD-075-01").lecture.count() == {"en_emploi": 1}
    with pytest.raises(SettingsError, match="that platform"):
        collect(sortie, path, MOI, psad="../listes")


def test_the_same_file_for_the_right_platform_adds_what_was_refused(
    sortie: Path, tmp_path: Path
) -> None:
    path = answer(tmp_path / "r.csv", [A, "en emploi", "", "", ""], [C, "suivi", "", "", ""])
    collect(sortie, path, MOI, psad="PSAD-075-01")
    collect(sortie, answer(tmp_path / "b.csv", [B, "suivi", "", "", ""]), MOI)
    plus_tard = Actor("colette", datetime(2027, 3, 1, tzinfo=UTC))
    assert not collect(sortie, path, plus_tard, psad="PSAD-029-01").deja
    kept = read_collected(sortie).select("rang", "ligne", "date_collecte", "psad").rows()
    assert kept == [
        (1, 2, JOUR, "PSAD-029-01"),
        (1, 3, JOUR, "PSAD-029-01"),
        (2, 2, JOUR, None),
    ]


def test_attempts_are_kept_in_the_order_in_which_they_came(sortie: Path, tmp_path: Path) -> None:
    collect(sortie, answer(tmp_path / "1.csv", [A, "en emploi", "12/01/2027", "", ""]), MOI)
    collect(sortie, answer(tmp_path / "2.csv", [A, "injoignable", "12/01/2027", "", ""]), MOI)
    log = [A, "suivi", "13/01/2027", "", ""], [A, "saisi par erreur", "13/01/2027", "", ""]
    collect(sortie, answer(tmp_path / "3.csv", *log), MOI)
    told = ["en_emploi", "injoignable", "suivi", "annule"]
    assert read_collected(sortie)["retour"].to_list() == told


@pytest.mark.parametrize(
    ("said", "kept", "rule"),
    [
        ("PSAD-075-01", "PSAD-075-01", None),
        ("psad-075-01", "PSAD-075-01", None),
        ("PSAD-999-99", None, "psad_destination_connue"),
        ("non_affecte", None, "psad_destination_connue"),
        ("PSAD-029-01", None, "psad_destination_autre"),
    ],
)
def test_a_transfer_goes_to_another_platform_that_exists(
    sortie: Path, tmp_path: Path, said: str, kept: str | None, rule: str | None
) -> None:
    path = answer(tmp_path / "r.csv", [A, "déménagé", "", said, ""])
    lecture = collect(sortie, path, MOI, psad="PSAD-029-01").lecture
    assert lecture.rejets.select("gravite", "regle").rows() == [(AVERTISSEMENT, rule)] * bool(rule)
    assert read_collected(sortie).select("retour", "psad_destination").rows() == [
        ("demenage", kept)
    ]


def test_a_folder_without_campaigns_and_a_damaged_memory_are_refused(
    sortie: Path, tmp_path: Path
) -> None:
    path = answer(tmp_path / "r.csv", [A, "suivi", "", "", ""])
    with pytest.raises(OutputError, match="no campaign"):
        collect(tmp_path, path, MOI)
    chemin = collect(sortie, path, MOI).chemin
    assert chemin is not None
    chemin.write_bytes(b"PAR1")
    with pytest.raises(SieiError, match="damaged"):
        read_collected(sortie)


def test_the_command_says_what_was_understood_and_what_not(
    sortie: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = answer(
        tmp_path / "r.csv", [A, "En emploi", "", "", "SECRET"], [B, "bof, DUPONT", "", "", ""]
    )
    assert main(["collect", str(path), "--sortie", str(sortie), "--par", "colette"]) == 0
    said = capsys.readouterr().out
    assert "2 rows read: 1 answers, 1 refused, 0 without an answer." in said
    assert "en_emploi" in said
    assert "line 3: la réponse" in said
    assert "DUPONT" not in said
    assert "SECRET" not in said
    nothing = answer(tmp_path / "n.csv", [B, "bof", "", "", ""])
    assert main(["collect", str(nothing), "--sortie", str(sortie), "--par", "colette"]) == 1
