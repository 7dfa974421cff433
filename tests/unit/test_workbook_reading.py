"""Workbooks as extracts: what their cells say, and what is refused of them before it is built."""

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract import read_file
from siei_match.stages.extract.workbooks.cells import tell_day, tell_number, zeros_of
from tests.livraisons import LIGNES, assert_says, colonnes, fichier, rangee
from tests.workbooks import CELL, write_ods, write_xlsx

IMILO = "missions_locales"
GOOD = dict(LIGNES[IMILO])


def row_of(**values: object) -> list[object]:
    return [values.get(column, GOOD.get(column, "")) for column in colonnes(IMILO)]


def read(folder: Path, name: str, **described: object):
    return read_file(folder, fichier(IMILO, name, **described)).frame


def refused(folder: Path, name: str, **described: object) -> DeliveryError:
    with pytest.raises(DeliveryError) as found:
        read(folder, name, **described)
    return found.value


def test_a_workbook_says_what_its_csv_would(tmp_path):
    days = formats = {colonnes(IMILO).index("dateNaissance"): "dd/mm/yyyy"}
    row = row_of(
        dateNaissance=datetime.fromisoformat("2008-05-12"),
        communeCodeInsee=1053,
        codePostal=1000,
        idJeune=7,
    )
    write_xlsx(tmp_path / "a.xlsx", [colonnes(IMILO), row], formats=formats)
    frame = read(tmp_path, "a.xlsx")
    assert days
    assert frame.row(0, named=True) == {"ligne": 1} | {c: GOOD.get(c) for c in colonnes(IMILO)}


def test_titles_and_blank_rows_are_no_rows_and_the_sheet_is_found(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    book.add_worksheet("Lisez-moi").write(0, 0, "Export du mois")
    page = book.add_worksheet("Données")
    page.write(0, 0, "Missions locales")
    for i, row in ((2, colonnes(IMILO)), (4, row_of()), (7, row_of(prenom="Yann"))):
        for j, value in enumerate(row):
            page.write(i, j, value)
    book.close()
    frame = read(tmp_path, "a.xlsx")
    assert frame.select("ligne", "prenom").rows() == [(1, GOOD["prenom"]), (2, "Yann")]
    assert read(tmp_path, "a.xlsx", feuille="donnees").height == 2
    assert_says(
        refused(tmp_path, "a.xlsx", feuille="Feuil9"), "of its 2 sheets, 0 have the name", "Feuil9"
    )
    assert_says(
        refused(tmp_path, "a.xlsx", feuille="Lisez-moi"), "its first line is not the header"
    )


def test_an_open_document_says_the_same(tmp_path):
    row = [str(value) for value in row_of()]
    row[colonnes(IMILO).index("dateNaissance")] = (
        f'<{CELL} office:value-type="date" office:date-value="2008-05-12"><text:p>12/05/08</text:p></{CELL}>'
    )
    row[colonnes(IMILO).index("communeCodeInsee")] = (
        f'<{CELL} office:value-type="float" office:value="1053"><text:p>01053</text:p></{CELL}>'
    )
    row[colonnes(IMILO).index("prenom")] = (
        f'<{CELL} office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation>'
        f"<text:p>Maë<text:span>lys</text:span></text:p></{CELL}>"
    )
    filler = f'<{CELL} table:number-columns-repeated="16000"/>'
    write_ods(
        tmp_path / "a.ods",
        [[*colonnes(IMILO), filler], [cell or f"<{CELL}/>" for cell in row]],
        after=f'<table:table-row table:number-rows-repeated="1048574">{filler}</table:table-row>',
    )
    frame = read(tmp_path, "a.ods")
    assert frame.row(0, named=True) == {"ligne": 1} | {c: GOOD.get(c) for c in colonnes(IMILO)}


@pytest.mark.parametrize(
    ("value", "told"),
    [("75056", "75056"), ("75056.0", "75056"), ("1.031001911E10", "10310019110"), ("0.1", "0.1"),
     ("612345678", "612345678"), ("2.9999999999999996", "3"), ("1E400", "1E400"), ("x", "x"), ("-3", "-3")],
)  # fmt: skip
def test_a_number_is_told_as_people_write_it(value, told):
    assert tell_number(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [("39580", "2008-05-12"), ("39580.5", "2008-05-12 12:00:00"), ("0", "0"), ("-1", "-1"),
     ("1E9", "1000000000"), ("x", "x")],
)  # fmt: skip
def test_a_days_number_is_a_day(value, told):
    assert tell_day(value) == told


def test_a_number_format_of_zeros_tells_how_wide_a_code_is():
    assert [
        zeros_of(f) for f in ("00000", '0#" "##" "##" "##" "##', "0", "#,##0", "0.00", "General")
    ] == [5, 10, 0, 0, 0, 0]


def test_codes_keep_their_zeros_where_their_width_is_known_or_told(tmp_path):
    columns = colonnes("scolarite")
    row = rangee("scolarite", CODE_MEF="", CODE_COMMUNE_INSEE="", TEL_PORTABLE="")
    cells: list[object] = list(row)
    for column, value in (
        ("CODE_MEF", 110001911),
        ("CODE_COMMUNE_INSEE", 1053),
        ("TEL_PORTABLE", 612345678),
    ):
        cells[columns.index(column)] = value
    write_xlsx(
        tmp_path / "a.xlsx", [columns, cells], formats={columns.index("TEL_PORTABLE"): "0000000000"}
    )
    frame = read_file(tmp_path, fichier("scolarite", "a.xlsx")).frame
    assert frame.select("CODE_MEF", "CODE_COMMUNE_INSEE", "TEL_PORTABLE").row(0) == (
        "00110001911", "01053", "0612345678",
    )  # fmt: skip


def test_every_extract_may_be_a_workbook(tmp_path):
    for extrait in LIGNES:
        write_xlsx(tmp_path / "a.xlsx", [colonnes(extrait), rangee(extrait)])
        frame = read_file(tmp_path, fichier(extrait, "a.xlsx")).frame
        assert frame.height == 1, extrait
        assert "INTERDIT" not in str(frame.rows())


# --- What is refused -----------------------------------------------------------------------------


def spoil(path: Path, part: str, old: bytes, new: bytes) -> None:
    """Put other bytes in a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new, 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


SHEET = "xl/worksheets/sheet1.xml"
DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"<worksheet", DOCTYPE + b"<worksheet", "a document type (DOCTYPE)"),
        (b"<worksheet", OUTSIDE + b"<worksheet", "a document type (DOCTYPE)"),
        (b"<sheetData>", b"<a>" * 100 + b"<sheetData>", "nested more than 64 deep"),
        (b"</sheetData>", b"", "is no XML, or is damaged or cut short at line"),
        (b'encoding="UTF-8"', b'encoding="klingon"', "an encoding that cannot be read"),
        (b'r="A2"', b'r="XFD1"', "more than 1000 columns"),
        (b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A2:A9"/></mergeCells>', "merged over several rows"),
        (b"</sheetData>", b'<row r="9"><c r="A9"><f>1+1</f></c></row></sheetData>', "1 cells hold a formula without"),
        (b"</sheetData>", b"<x y='" + b"a" * (1 << 25) + b"'/></sheetData>", "one piece of more than 1 MB"),
    ],
)  # fmt: skip
def test_what_no_extract_holds_is_refused(tmp_path, old, new, said):
    path = write_xlsx(tmp_path / "a.xlsx", [colonnes(IMILO), row_of()])
    spoil(path, SHEET, old, new)
    assert_says(refused(tmp_path, "a.xlsx"), "a.xlsx", said)


def test_two_cells_in_opposite_corners_cost_nothing(tmp_path):
    """calamine asks for 550 GB for them, and the process ends."""
    path = write_xlsx(tmp_path / "a.xlsx", [colonnes(IMILO), row_of()])
    spoil(
        path,
        SHEET,
        b"</sheetData>",
        b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>',
    )
    assert read(tmp_path, "a.xlsx").height == 2


def test_a_bomb_is_refused_while_it_unfolds(tmp_path, monkeypatch):
    monkeypatch.setattr("siei_match.stages.extract.archives.LEAST_INFLATION", 1 << 20)
    path = write_xlsx(tmp_path / "a.xlsx", [colonnes(IMILO), row_of()])
    spoil(path, SHEET, b"</sheetData>", b" " * (1 << 24) + b"</sheetData>")
    assert_says(refused(tmp_path, "a.xlsx"), "over 100 times its own size")


@pytest.mark.parametrize("name", ["a.ods", "a.xlsx"])
def test_a_text_told_once_and_shown_in_many_cells_counts_as_often_as_it_is_shown(
    tmp_path, monkeypatch, name
):
    """The fuzzer's seed 4015068: fifteen kilobytes that are a million rows, and took 2.8 GB."""
    monkeypatch.setattr("siei_match.stages.extract.archives.LEAST_INFLATION", 1 << 20)
    long = "x" * 9_000
    if name == "a.ods":
        again = f'<table:table-row table:number-rows-repeated="100000"><{CELL} office:value-type="string"><text:p>{long}</text:p></{CELL}></table:table-row>'
        write_ods(tmp_path / name, [[*colonnes(IMILO)]], after=again)
    else:
        write_xlsx(tmp_path / name, [colonnes(IMILO), *[row_of(nomNaissance=long)] * 10_000])
    assert_says(refused(tmp_path, name), name, "over 100 times its own size")


@pytest.mark.parametrize("repeated", ["rows", "columns"])
def test_what_repeats_itself_without_end_is_refused(tmp_path, repeated):
    bomb = f'<{CELL} office:value-type="string" table:number-columns-repeated="2000000000"><text:p>x</text:p></{CELL}>'
    rows = [[*colonnes(IMILO)], [bomb] if repeated == "columns" else ["x"]]
    path = write_ods(tmp_path / "a.ods", rows)
    if repeated == "rows":
        again = f'<table:table-row table:number-rows-repeated="2000000000"><{CELL} office:value-type="string"><text:p>x</text:p></{CELL}></table:table-row>'
        write_ods(path, rows, after=again)
    assert_says(refused(tmp_path, "a.ods"), "its sheet has more than")


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"nom;prenom\n"]
)
@pytest.mark.parametrize("name", ["a.xlsx", "a.ods"])
def test_what_is_no_workbook_is_told(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert_says(refused(tmp_path, name), name, "is not the form that its name says")


def test_a_workbook_without_its_parts_is_told(tmp_path):
    for name in ("a.xlsx", "a.ods"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("autre.xml", "<a/>")
        assert_says(refused(tmp_path, name), "is not the form that its name says")
