"""`siei check`: every file is read before it says no, and each provider gets what to correct."""

import json
import runpy
import shutil
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import get_type_hints

import openpyxl
import polars as pl
import pytest
from pydantic import TypeAdapter

from siei_match.campaign.places import SHOWN, BrokenPlaces
from siei_match.campaign.results import BrokenLines, Checked, Examined, FileCount, RefusedFile
from siei_match.campaign.sheets import list_remarks, write_sheets
from siei_match.campaign.sheets.providers import OTHERS, PROVIDERS, provider_of
from siei_match.campaign.sheets.remarks import word_lines
from siei_match.campaign.sheets.words import FAULTS, GRAVITES, RULES, word_fault, word_rule
from siei_match.campaign.sheets.workbook import render_sheet
from siei_match.campaign.steps.validate import validate
from siei_match.cli.program import main
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import DeliveryError
from siei_match.reference.vocabulary import EXTRACTS
from siei_match.stages.validate import RejectionLimit
from tests.deliveries import find, read_lines, unseal, write_lines

ROOT = Path(__file__).parents[2]


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    folder = tmp_path / "2026-10"
    shutil.copytree(ROOT / "sample_data" / "2026-10", folder)
    unseal(folder)
    return folder


def change_line(path: Path, at: int, before: bytes, after: bytes) -> None:
    lines = read_lines(path)
    assert before in lines[at]
    lines[at] = lines[at].replace(before, after, 1)
    write_lines(path, lines)


def spoil(delivery: Path) -> None:
    """Spoil one file of each provider, each in its way."""
    change_line(find(delivery, "scolarite_2025"), 0, b"PRENOM2", b"SURNOM")
    change_line(find(delivery, "agricole_2025"), 2, b";", b"\xe9;")
    find(delivery, "apprentissage_2026").unlink()
    diplomes = find(delivery, "diplomes_agri")
    write_lines(diplomes, [*read_lines(diplomes)[:50], *[b"a;b\n"] * 30])


def sheets(folder: Path) -> dict[str, openpyxl.Workbook]:
    return {
        path.stem.removeprefix("corrections-2026-10-"): openpyxl.load_workbook(path)
        for path in folder.iterdir()
    }


def rows(book: openpyxl.Workbook, sheet: str) -> list[dict[str, object]]:
    heads, *others = book[sheet].iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in others]


def test_every_file_is_read_before_it_says_no(
    delivery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(delivery)
    assert main(["check", str(delivery), "--sheets", str(tmp_path / "s")]) == 1
    said = capsys.readouterr()
    for name in ("scolarite_2025-2026.csv.gz", "agricole_2025-2026.csv", "apprentissage_2026-2027"):
        assert f"siei: {name}" in said.err
    # Files after those that cannot be read, and rows before: with rule, column and lines.
    assert "missions_locales.parquet" in said.out
    assert "nombre_de_champs (row): 30 rows, lines 50, 51, 52, 53, 54 …" in said.out
    assert "ine_lisible (INE): 2 rows, lines 1279, 1412" in said.out
    assert "siei run would stop" in said.out


def test_each_provider_gets_its_own_sheet(delivery: Path, tmp_path: Path) -> None:
    spoil(delivery)
    main(["check", str(delivery), "--sheets", str(tmp_path / "s")])
    books = sheets(tmp_path / "s")
    assert set(books) == {"education_nationale", "agriculture", "cfa", "missions_locales"}
    found = {
        (row["Fichier"], row["Règle"], row["Nombre de lignes"], row["Où : lignes de données"])
        for row in rows(books["agriculture"], "À corriger")
    }
    assert ("agricole_2025-2026.csv", "encodage", "–", "ligne 3 du fichier") in found
    assert ("diplomes_agricoles.csv", "nombre_de_champs", 30, "50 à 79") in found
    assert ("diplomes_agricoles.csv", "taux_rejet", "–", "–") in found
    columns = next(
        r for r in rows(books["education_nationale"], "À corriger") if r["Règle"] == "colonnes"
    )
    assert "manquantes : PRENOM2" in str(columns["Ce qui ne va pas"])
    assert rows(books["cfa"], "À corriger")[0]["Fichier"] == "apprentissage_2026-2027.txt"
    results = {row[0]: row[6] for row in books["agriculture"]["Résumé"].iter_rows(values_only=True)}
    assert results["agricole_2025-2026.csv"] == "Refusé, non lu : voir « À corriger »"
    assert results["diplomes_agricoles.csv"] == "Refusé : voir « À corriger »"
    assert results["agricole_2026-2027.csv"] == "Accepté"


def test_a_required_extract_that_is_missing_is_asked_of_its_provider(
    delivery: Path, tmp_path: Path
) -> None:
    toml = delivery / "campagne.toml"
    parts = toml.read_text("utf-8").split("[[fichiers]]")
    toml.write_text("[[fichiers]]".join(p for p in parts if '"agricole"' not in p), "utf-8")
    for path in delivery.glob("agricole_*"):
        path.unlink()
    assert main(["check", str(delivery), "--sheets", str(tmp_path / "s")]) == 1
    (row,) = [
        row
        for row in rows(sheets(tmp_path / "s")["agriculture"], "À corriger")
        if row["Règle"] == "extrait_absent"
    ]
    assert (row["Fichier"], row["Gravité"]) == ("extrait agricole", GRAVITES["bloquant"])


def test_no_sheet_holds_a_value_of_a_person(delivery: Path, tmp_path: Path) -> None:
    spoil(delivery)
    main(["check", str(delivery), "--sheets", str(tmp_path / "s")])
    told = " ".join(
        str(cell)
        for book in sheets(tmp_path / "s").values()
        for sheet in book
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    )
    pupils = pl.read_csv(find(delivery, "scolarite_2026"), separator=";", infer_schema=False,
                         truncate_ragged_lines=True)  # fmt: skip
    values = {
        value
        for name in ("INE", "NOM_DE_FAMILLE", "DATE_NAISS", "MEL", "TEL_PORTABLE", "LIGNE1_ADRESSE")
        for value in pupils[name].drop_nulls()
        if len(value) > 5
    }
    assert len(values) > 3_000
    assert {value for value in values if value in told} == set()


def test_a_good_delivery_is_told_so(tmp_path: Path) -> None:
    good = ROOT / "sample_data" / "2026-10"
    assert main(["check", str(good), "--sheets", str(tmp_path / "s")]) == 0
    book = sheets(tmp_path / "s")["agriculture"]
    assert book["À corriger"]["A2"].value == "Rien à corriger dans les fichiers lus."


def test_the_same_check_gives_the_same_bytes() -> None:
    checked = Examined((FileCount("agricole", "a.csv", 10, 10, 0, 1, {}),), code="2026-10")
    one, two = (
        render_sheet(PROVIDERS[1], checked, list_remarks(checked, RejectionLimit(0.02)))
        for _ in "ab"
    )
    assert one == two
    assert openpyxl.load_workbook(BytesIO(one)).sheetnames == ["À corriger", "Résumé"]


def test_a_folder_that_is_a_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s").write_text("")
    good = ROOT / "sample_data" / "2026-10"
    assert main(["check", str(good), "--sheets", str(tmp_path / "s")]) == 1
    assert "--sheets" in capsys.readouterr().err


def test_a_refused_run_points_to_the_check(
    delivery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(delivery)
    assert main(["run", str(delivery), "--sortie", str(tmp_path / "out")]) == 1
    assert f"siei check {delivery} --sheets" in capsys.readouterr().err
    # Where campagne.toml itself is not there, a check says no more.
    assert main(["run", str(tmp_path / "nowhere"), "--sortie", str(tmp_path / "out")]) == 1
    assert "--sheets" not in capsys.readouterr().err


def broken(first: tuple[int, ...], count: int, last: int) -> BrokenLines:
    return BrokenLines("agricole", "a.csv", "rejet", "nom_present", None, count, first, last)


@pytest.mark.parametrize(
    ("first", "count", "last", "said"),
    [
        ((7,), 1, 7, "7"),
        ((7, 9), 2, 9, "7, 9"),
        ((7, 8, 9), 3, 9, "7 à 9"),
        (tuple(range(1, 21)), 5_000, 5_000, "1 à 5000"),
        (tuple(range(1, 41, 2)), 1_200, 9_000, ", ".join(map(str, range(1, 41, 2))) + " et 1180 autres"),
    ],
)  # fmt: skip
def test_lines_are_a_range_or_the_first_ones(
    first: tuple[int, ...], count: int, last: int, said: str
) -> None:
    assert word_lines(broken(first, count, last)) == said


def test_places_of_slices_are_those_of_the_whole() -> None:
    lines = list(range(1, 101, 3))
    frame = pl.DataFrame(
        {"extrait": "agricole", "fichier": "a.csv", "ligne": lines, "gravite": "rejet",
         "regle": "nom_present", "colonne": None},
        schema=declaration("tables/rejets").polars_schema,
    )  # fmt: skip
    whole, sliced = BrokenPlaces(), BrokenPlaces()
    whole.keep("rejets", frame, 0)
    for n, part in enumerate(frame.iter_slices(7)):
        sliced.keep("rejets", part, n)
        sliced.keep("valides", part, n)
    assert sliced.all() == whole.all() == (broken(tuple(lines[:SHOWN]), len(lines), lines[-1]),)


def test_every_extract_has_its_provider() -> None:
    assert [extrait for extrait in EXTRACTS if provider_of(extrait) == OTHERS] == []
    assert provider_of(None) == OTHERS


def test_every_rule_has_its_words_and_no_other() -> None:
    rules = {
        (extrait, rule, column)
        for extrait in EXTRACTS
        for declared in [declaration(f"extraits/{extrait}")]
        for rule, column in (
            *((r["rule"], None) for r in declared.siei["regles"]),
            *((f["siei"]["rule"], f["name"]) for f in declared.fields if "rule" in f["siei"]),
        )
    }
    for extrait, rule, column in rules:
        what, todo = word_rule(extrait, rule, column)
        assert what.endswith("."), rule
        assert todo.endswith("."), rule
    assert set(RULES) <= {rule for _, rule, _ in rules}


def test_a_rule_says_the_form_that_its_column_has() -> None:
    assert "JJ/MM/AAAA" in word_rule("scolarite", "date_lisible", "DATE_ENTREE")[1]
    assert "AAAA-MM-JJ" in word_rule("agricole", "date_lisible", "dateEntreeFormation")[1]
    assert "ADMIS" in word_rule("diplomes", "code_connu", "RESULTAT")[1]
    # One that has no words yet has those of its declaration.
    assert "regle_nouvelle" in word_rule("scolarite", "regle_nouvelle", "INE")[0]


def test_every_fault_of_a_file_has_its_words() -> None:
    """An error that reading a file may raise cannot be added without its French."""
    tool = runpy.run_path(str(ROOT / "tools" / "make_erreurs.py"))
    made = {
        error.code
        for error in tool["find_errors"]()
        if error.module.startswith(("stages/extract", "stages/validate"))
        and error.classe == "DeliveryError"
    }
    # Said of campagne.toml or of the folder: there is no file, and no sheet.
    assert made - {"declaration", "declaration_a_completer", "livraison"} == set(FAULTS)
    for code in FAULTS:
        found = dict.fromkeys(("read", "announced", "present", "expected", "rejected"), 3)
        what, todo = word_fault(DeliveryError("x", remedy="y", code=code, **found))
        assert what
        assert "{" not in what
        assert todo


def test_a_fault_that_nobody_foresaw_is_told_too(tmp_path: Path) -> None:
    unknown = RefusedFile("agricole", "a.csv", DeliveryError("x", remedy="y"))
    (remark,) = list_remarks(Examined((), code="2026-10", refused=(unknown,)), RejectionLimit(0.02))
    assert remark.what == "Le fichier ne peut pas être lu."
    (path,) = write_sheets(
        Examined((), code="2026-10", refused=(unknown,)), RejectionLimit(0.02), tmp_path
    )
    assert path.name == "corrections-2026-10-agriculture.xlsx"


def test_what_a_run_takes_up_again_holds_no_error() -> None:
    """`--resume` reads the result of validation again, as its type says: an error could not be."""
    made = Checked((FileCount("agricole", "a.csv", 1, 1, 0, 1, {}),))
    told = json.loads(json.dumps(asdict(made)))
    assert TypeAdapter(get_type_hints(validate)["return"]).validate_python(told) == made
