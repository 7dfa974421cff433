"""Export of one published list: what a coordinator opens."""

import shutil
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import polars as pl
import pyrage
import pytest

from siei_match.cli import main
from siei_match.collect import read_answers
from siei_match.output.audit import Actor, read_entries
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.files import file_sha256
from siei_match.release.export import FORMATS, export_list, read_keys
from siei_match.stages.publish.answer_columns import Answered
from siei_match.stages.publish.filling import fill_in
from siei_match.stages.publish.workbooks import render_xlsx
from tests.portal.many import signalement, young
from tests.publication import PSADS, frame, publish
from tests.releases import publish_campaign, release_campaign

AGENT = Actor("agent", datetime(2026, 10, 16, 8, tzinfo=UTC))


@pytest.fixture(scope="module")
def sortie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    publish(folder)
    return folder


def test_each_format_is_one_private_file(sortie: Path, tmp_path: Path) -> None:
    made = export_list(
        sortie, "2026-10", PSADS[1], FORMATS, tmp_path / "new", actor=AGENT, unreleased=True
    )
    assert [path.name for path in made] == [
        f"liste-2026-10-{PSADS[1]}.{kind}" for kind in ("csv", "xlsx", "parquet")
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    source = sortie / "campagnes" / "2026-10" / "listes" / f"psad={PSADS[1]}"
    assert made[0].read_bytes() == (source / "liste.csv").read_bytes()
    assert made[2].read_bytes() == (source / "liste.parquet").read_bytes()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(
        path.name for path in made
    )


def test_an_export_is_noted_with_the_hash_of_what_is_handed_out(tmp_path: Path) -> None:
    publish(tmp_path / "out")
    made = export_list(
        tmp_path / "out",
        "2026-10",
        PSADS[1],
        ["csv", "xlsx"],
        tmp_path,
        actor=AGENT,
        unreleased=True,
    )
    (entree,) = read_entries(tmp_path / "out")
    assert (entree.acte, entree.par) == ("export", "agent")
    assert entree.details == {"campagne": "2026-10", "psad": PSADS[1], "publiee": "non"}
    assert entree.fichiers == {path.name: file_sha256(path) for path in made}


def test_what_cannot_be_noted_is_not_handed_out(tmp_path: Path) -> None:
    publish(tmp_path / "out")
    (tmp_path / "out" / "memoire").write_text("a file where a folder is needed")
    with pytest.raises(OutputError):
        export_list(
            tmp_path / "out",
            "2026-10",
            PSADS[1],
            FORMATS,
            tmp_path / "l",
            actor=AGENT,
            unreleased=True,
        )
    assert list((tmp_path / "l").iterdir()) == []


def test_without_answers_a_workbook_has_the_columns_of_the_list(
    sortie: Path, tmp_path: Path
) -> None:
    (path,) = export_list(
        sortie, "2026-10", PSADS[1], ["xlsx"], tmp_path, actor=AGENT, unreleased=True
    )
    sheet = openpyxl.load_workbook(path).active
    heads = [cell.value for cell in sheet[1]]
    assert sorted(heads) == sorted(declaration("tables/liste").columns)
    assert not sheet.data_validations.dataValidation


def test_a_workbook_is_made_for_reading(sortie: Path, tmp_path: Path) -> None:
    (path,) = export_list(
        sortie, "2026-10", PSADS[1], ["xlsx"], tmp_path, actor=AGENT, unreleased=True, answers=True
    )
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert book.properties.title == f"Liste 2026-10 – {PSADS[1]}"
    assert sheet.freeze_panes == "D2", "names and phones stay in sight"
    assert sheet.auto_filter.ref == "A1:AF2"
    heads = [cell.value for cell in sheet[1]]
    cells = dict(zip(heads, sheet[2], strict=True))
    assert heads[8:12] == ["retour", "date_retour", "psad_destination", "commentaire"]
    (choice,) = sheet.data_validations.dataValidation
    assert (str(choice.sqref), choice.type) == ("I2", "list")
    retours = next(
        field["constraints"]["enum"]
        for field in declaration("tables/retours").fields
        if field["name"] == "retour"
    )
    assert sorted(choice.formula1.strip('"').split(",")) == sorted(retours)
    for name, value in {
        "code_postal": "01500",
        "telephones": "06 39 98 01 23\n+32 470 00 00 00",
        "ine": "0494004062M",
        "campagne": "2026-10",
    }.items():
        assert (cells[name].value, cells[name].data_type) == (value, "s"), name
        assert cells[name].number_format == "@", name
    assert cells["age"].value == 18
    assert cells["date_sortie"].value == datetime(2026, 2, 1)  # noqa: DTZ001 - a cell has no zone
    assert cells["date_sortie"].number_format == "dd/mm/yyyy"
    assert cells["date_naissance"].value == datetime(2008, 5, 15)  # noqa: DTZ001
    assert cells["nom_usage"].value is None
    assert all(sheet[1][at].comment for at in range(32))


def test_a_workbook_can_be_printed(sortie: Path, tmp_path: Path) -> None:
    """Names on every page, few enough columns on each, and no long text over its neighbours."""
    source = sortie / "campagnes" / "2026-10" / "listes" / f"psad={PSADS[1]}" / "liste.parquet"
    liste = pl.read_parquet(source, hive_partitioning=False)
    long = (
        "TECHNICIEN EN REALISATION DE PRODUITS MECANIQUES, OPTION OUTILLAGES (BAC PRO), 1re année"
    )
    liste = pl.concat([liste, liste.with_columns(derniere_formation=pl.lit(long))])
    path = tmp_path / "liste.xlsx"
    path.write_bytes(render_xlsx(liste, "Liste"))
    sheet = openpyxl.load_workbook(path).active
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$C")
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("landscape", 4)
    assert "Données personnelles" in sheet.oddFooter.left.text
    assert (sheet.row_dimensions[2].height, sheet.row_dimensions[3].height) == (45, 45)
    heads = [cell.value for cell in sheet[1]]
    at = sheet[1][heads.index("derniere_formation")].column_letter
    assert sheet.column_dimensions[at].width < 40
    assert sheet[f"{at}3"].alignment.wrap_text
    assert sheet[f"{at}3"].value == long


def test_no_cell_of_a_workbook_is_a_formula(sortie: Path, tmp_path: Path) -> None:
    (path,) = export_list(
        sortie, "2026-10", "non_affecte", ["xlsx"], tmp_path, actor=AGENT, unreleased=True
    )
    sheet = openpyxl.load_workbook(path).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert '=HYPERLINK("x")' in [cell.value for cell in sheet[2]]


def test_an_empty_list_is_exported(sortie: Path, tmp_path: Path) -> None:
    (path,) = export_list(
        sortie, "2026-10", PSADS[0], ["xlsx"], tmp_path, actor=AGENT, unreleased=True
    )
    assert openpyxl.load_workbook(path).active.max_row == 1


def test_the_same_list_gives_the_same_bytes(sortie: Path, tmp_path: Path) -> None:
    one = export_list(
        sortie, "2026-10", PSADS[1], FORMATS, tmp_path / "one", actor=AGENT, unreleased=True
    )
    two = export_list(
        sortie, "2026-10", PSADS[1], FORMATS, tmp_path / "two", actor=AGENT, unreleased=True
    )
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


@pytest.mark.parametrize(
    ("campagne", "psad", "kind", "words"),
    [
        ("2031-10", PSADS[0], "csv", "No campaign 2031-10"),
        ("2026-10", "PSAD-999-99", "csv", "no list for the platform"),
        ("2026-10", "../psad=x", "csv", "no list for the platform"),
        ("2026-10", PSADS[0], "ods", "Unknown format: ods"),
    ],
)
def test_what_is_not_there_is_said(
    sortie: Path, tmp_path: Path, campagne: str, psad: str, kind: str, words: str
) -> None:
    with pytest.raises(OutputError, match=words) as told:
        export_list(sortie, campagne, psad, [kind], tmp_path / "new", actor=AGENT, unreleased=True)
    assert told.value.remedy
    assert not (tmp_path / "new").exists()


def test_a_destination_that_is_a_file(sortie: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        export_list(
            sortie, "2026-10", PSADS[0], ["csv"], tmp_path / "file", actor=AGENT, unreleased=True
        )


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_a_spreadsheet_shows_the_csv_as_it_is(sortie: Path, tmp_path: Path) -> None:
    """As LibreOffice opens it with `;`, UTF-8, French, quoted fields as text."""
    (path,) = export_list(
        sortie, "2026-10", PSADS[1], ["csv"], tmp_path, actor=AGENT, unreleased=True
    )
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    command += ["--infilter=CSV:59,34,76,1,,1036,true", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", tmp_path, path], check=True, capture_output=True)
    sheet = openpyxl.load_workbook(path.with_suffix(".xlsx")).active
    cells = dict(zip([c.value for c in sheet[1]], sheet[2], strict=True))
    published = pl.read_parquet(
        sortie / "campagnes" / "2026-10" / "listes" / f"psad={PSADS[1]}" / "liste.parquet",
        hive_partitioning=False,
    ).row(0, named=True)
    for name in ("code_postal", "ine", "nom_naissance", "prenoms", "adresse", "campagne"):
        assert cells[name].value == published[name], name
    assert cells["telephones"].value.startswith("06 39 98 01 23")
    assert cells["date_naissance"].value == datetime(2008, 5, 15)  # noqa: DTZ001
    assert cells["age"].value == 18


def test_an_encrypted_list_is_opened_by_its_platform_alone(sortie: Path, tmp_path: Path) -> None:
    ours, theirs = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    keys = tmp_path / "cles.toml"
    keys.write_text(f'"{PSADS[0]}" = "{theirs.to_public()}"\n"{PSADS[1]}" = "{ours.to_public()}"\n')
    asked = ["export", "2026-10", "--unreleased", "--psad", *PSADS[:2], "--sortie", str(sortie), "--format", "csv",
             "--vers", str(tmp_path / "new"), "--encrypt", str(keys)]  # fmt: skip
    assert main(asked) == 0
    made = {p.name: p for p in (tmp_path / "new").iterdir()}
    assert sorted(made) == [f"liste-2026-10-{psad}.csv.age" for psad in sorted(PSADS[:2])]
    sealed = made[f"liste-2026-10-{PSADS[1]}.csv.age"]
    plain = sortie / "campagnes" / "2026-10" / "listes" / f"psad={PSADS[1]}" / "liste.csv"
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    assert pyrage.decrypt(sealed.read_bytes(), [ours]) == plain.read_bytes()
    assert b"id_signalement" not in sealed.read_bytes()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed.read_bytes(), [theirs])
    entree = read_entries(sortie)[-1]
    assert entree.details["cles"] == str(ours.to_public())[:20]
    assert entree.fichiers == {sealed.name: file_sha256(sealed)}


SECRET = str(pyrage.x25519.Identity.generate())


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(SECRET, id="a secret key"),
        "age1nonsense",
        "nowhere.toml",
        "autre.toml",
        "secret.toml",
        "casse.toml",
    ],
)
def test_a_key_that_cannot_serve_exports_nothing(
    given: str, sortie: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("autre.toml").write_text('"PSAD-999" = "age1x"\n')
    Path("secret.toml").write_text(f'"{PSADS[1]}" = "{SECRET}"\n')
    Path("casse.toml").write_text("age1 =\n")
    with pytest.raises(SettingsError):
        read_keys(given, [PSADS[1]])
    assert main(["export", "2026-10", "--unreleased", "--psad", PSADS[1], "--sortie", str(sortie), "--vers",
                 "new", "--encrypt", given]) == 1  # fmt: skip
    assert SECRET not in "".join(capsys.readouterr())
    assert not Path("new").exists()


def test_without_the_extra_nothing_is_exported_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrage", None)
    with pytest.raises(SettingsError, match="siei-match\\[chiffrement\\]"):
        read_keys("age1" + "q" * 58, [PSADS[1]])


def test_what_nobody_released_is_not_handed_out(
    sortie: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [
        "export",
        "2026-10",
        "--psad",
        PSADS[1],
        "--sortie",
        str(sortie),
        "--vers",
        str(tmp_path),
    ]
    assert main(asked) == 1
    said = capsys.readouterr().err
    assert "is released by nobody" in said
    assert "--unreleased" in said
    assert list(tmp_path.iterdir()) == []
    assert main([*asked, "--unreleased"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"liste-2026-10-{PSADS[1]}.xlsx"]


def test_what_is_exported_is_what_was_released(tmp_path: Path) -> None:
    """A newer run changes nothing for the platforms, on the page as in a file."""
    place = publish_campaign(tmp_path / "out")
    release_campaign(place)
    prepared = place / "campagnes" / "2026-10" / "listes" / f"psad={PSADS[1]}" / "liste.csv"
    released = prepared.read_bytes()
    prepared.unlink()  # the release has a name of its own for the same file
    prepared.write_bytes(b"a newer run")
    (one,) = export_list(place, "2026-10", PSADS[1], ["csv"], tmp_path / "one", actor=AGENT)
    assert one.read_bytes() == released
    assert read_entries(place)[-1].details == {"campagne": "2026-10", "psad": PSADS[1]}
    (two,) = export_list(
        place, "2026-10", PSADS[1], ["csv"], tmp_path / "two", actor=AGENT, unreleased=True
    )
    assert two.read_bytes() == b"a newer run"
    assert read_entries(place)[-1].details["publiee"] == "non"


def pixels(sheet, names: list[str]) -> int:
    """How wide columns are on a screen: 7 pixels a character, 5 around."""
    widths = {
        at: size.width for size in sheet.column_dimensions.values()
        for at in range(size.min, size.max + 1)
    }  # fmt: skip
    heads = {cell.value: cell.column for cell in sheet[1]}
    return sum(round(widths[heads[name]] * 7) for name in names)


def test_a_workbook_is_one_to_work_in_on_a_laptop(sortie: Path) -> None:
    """Names and phones first, and no more than a third of 1,366 pixels frozen; codes last and narrow."""
    source = sortie / "campagnes" / "2026-10" / "listes" / f"psad={PSADS[1]}" / "liste.parquet"
    liste = pl.read_parquet(source, hive_partitioning=False)
    given = {liste["id_signalement"][0]: Answered("suivi", date(2027, 3, 18))}
    names = {code: f"Zone {code}" for code in PSADS}
    content = fill_in(render_xlsx(liste, "Liste", platforms=names), given)
    book = openpyxl.load_workbook(BytesIO(content))
    assert book.sheetnames == ["Liste", "Lisez-moi", "Réponses", "Plateformes"]
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:3] == ["nom_naissance", "prenoms", "telephones"]
    assert sheet.freeze_panes == "D2"
    assert pixels(sheet, heads[:3]) < 1366 / 3
    assert heads.index("retour") < 9
    assert heads[-2:] == ["ine", "id_signalement"]
    assert all(pixels(sheet, [name]) < 80 for name in heads[-5:])
    cells = dict(zip(heads, sheet[2], strict=True))
    assert (cells["retour"].value, cells["date_retour"].value) == ("suivi", datetime(2027, 3, 18))  # noqa: DTZ001
    told = [[cell.value for cell in row] for row in book["Plateformes"].iter_rows()]
    assert told == [["Code", "Plateforme"], *([code, name] for code, name in names.items())]


def cells_of(content: bytes) -> dict[tuple[str, str], object]:
    """The list's sheet by whom a row is about and the heading of a column, with how each cell looks."""
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    return {
        (row[heads.index("id_signalement")].value, head): (cell.value, cell.number_format)
        for row in sheet.iter_rows(min_row=2)
        for head, cell in zip(heads, row, strict=True)
    }


def test_answers_fill_their_cells_of_a_released_workbook_and_change_no_other(
    tmp_path: Path,
) -> None:
    rows = frame("liste", [young(n) for n in range(1, 40)])
    released = render_xlsx(rows, "Liste", platforms={"A&B": "Zone"})
    given = {
        signalement(3): Answered("demenage", date(2027, 3, 18), "A&B"),
        signalement(38): Answered("suivi", date(2027, 2, 1)),
        signalement(77): Answered("refus", date(2027, 2, 1)),  # on no row of this list
    }
    filled = fill_in(released, given)
    assert filled == fill_in(released, given)
    was, now = cells_of(released), cells_of(filled)
    assert was.keys() == now.keys()
    assert {place: cell[0] for place, cell in now.items() if cell[0] != was[place][0]} == {
        (signalement(3), "retour"): "demenage",
        (signalement(3), "date_retour"): datetime(2027, 3, 18),  # noqa: DTZ001
        (signalement(3), "psad_destination"): "A&B",
        (signalement(38), "retour"): "suivi",
        (signalement(38), "date_retour"): datetime(2027, 2, 1),  # noqa: DTZ001
    }
    assert now[signalement(3), "date_retour"][1] == "dd/mm/yyyy"
    with zipfile.ZipFile(BytesIO(filled)) as book, zipfile.ZipFile(BytesIO(released)) as before:
        assert {n for n in before.namelist() if book.read(n) != before.read(n)} == {
            "xl/worksheets/sheet1.xml"
        }
    # What the page sends is what a platform sends back.
    (tmp_path / "liste.xlsx").write_bytes(filled)
    told = read_answers(tmp_path / "liste.xlsx").reponses.select("id_signalement", "retour").rows()
    assert sorted(told) == [(signalement(3), "demenage"), (signalement(38), "suivi")]


def test_a_list_without_columns_to_answer_in_is_left_as_it_is() -> None:
    released = render_xlsx(frame("liste", [young(1)]), "Liste", answers=False)
    given = {signalement(1): Answered("suivi", date(2027, 2, 1))}
    assert cells_of(fill_in(released, given)) == cells_of(released)


def test_minors_stand_first_in_a_workbook() -> None:
    rows = frame("liste", [young(n) for n in range(1, 8)])
    sheet = openpyxl.load_workbook(BytesIO(render_xlsx(rows, "Liste"))).worksheets[0]
    at = [cell.value for cell in sheet[1]].index("public")
    told = [row[at].value for row in sheet.iter_rows(min_row=2)]
    assert told == sorted(told, reverse=True)
