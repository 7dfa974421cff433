"""CSV lists: plain RFC 4180, French, and dead whatever a cell holds."""

import csv
import io
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.output.spreadsheet import BOM, csv_header, csv_lines, write_csv
from siei_match.reference.contracts import declaration
from siei_match.reference.files import PRIVATE, create
from tests.publication import resultats

COLUMNS = declaration("tables/liste").columns
TEXT = pl.Series("texte", [], pl.String)


def line_of(**cells: object) -> str:
    return csv_lines(pl.DataFrame({name: [value] for name, value in cells.items()}))[0]


def read(line: str) -> list[str]:
    """Read one line as any RFC 4180 reader does."""
    (row,) = csv.reader(io.StringIO(line, newline=""), delimiter=";", strict=True)
    return row


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\t=1+1", "' =1+1"),
        ("\r\n@x", "' @x"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\u200b=1", "'\u200b=1"),
        ("＝1+1", "'＝1+1"),
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("06 12 34 56 78", "06 12 34 56 78"),
        ("LE GOFF-MARTIN", "LE GOFF-MARTIN"),
        ("12 rue du Bac\nBât. B", "12 rue du Bac Bât. B"),
        ("a;b", "a;b"),
        ('dit "Jo"', 'dit "Jo"'),
        ("01000", "01000"),
        ("Maëlys Œdipe ÿ", "Maëlys Œdipe ÿ"),
    ],
)
def test_a_text_is_shown_and_never_runs(value: str, shown: str) -> None:
    assert read(line_of(texte=value)) == [shown]


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_text_is_one_dead_cell_on_one_line(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    line = line_of(**{f"c{at}": text for at, text in enumerate(texts)})
    assert len(line.splitlines()) <= 1
    cells = read(line)
    assert len(cells) == len(texts)
    for cell in cells:
        assert cell.lstrip("\u200b\u00a0 \u3000")[:1] not in {"=", "+", "-", "@", "＝"}


@given(st.text("ABCDEÉàç 'd-;\"0123456789").filter(lambda text: not text.strip().startswith("-")))
def test_an_ordinary_text_is_read_back_as_it_was(text: str) -> None:
    assert read(line_of(texte=text)) == [text]


def test_phones_keep_their_zeros_and_start_no_formula() -> None:
    assert read(line_of(telephones="06 12 34 56 78, +32 470 00 00 00")) == [
        "06 12 34 56 78, 00 32 470 00 00 00"
    ]
    assert read(line_of(responsable_telephone="+262692000000")) == ["00 262692000000"]


@pytest.mark.parametrize(
    ("iso", "cell"),
    [("2008-05-15", "15/05/2008"), ("2008-05", '"05/2008"'), ("2008", '"2008"')],
)
def test_a_full_birth_date_is_a_date_and_a_partial_one_a_text(iso: str, cell: str) -> None:
    assert line_of(date_naissance=iso) == cell


def test_numbers_dates_and_absences_are_bare() -> None:
    line = line_of(date_sortie=date(2026, 2, 1), age=17, nom="LE GOFF", absent=None)
    assert line == '01/02/2026;17;"LE GOFF";'


def test_a_list_is_read_back_whole(tmp_path: pytest.TempPathFactory) -> None:
    listes = resultats().listes
    path = create(tmp_path / "liste.csv", PRIVATE)  # type: ignore[operator]
    write_csv(path, csv_header(COLUMNS), csv_lines(listes))
    raw = path.read_bytes()
    assert raw.startswith(BOM.encode())
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") == 3
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert list(rows[0]) == COLUMNS
    assert rows[0]["code_postal"] == "01500"
    assert rows[0]["adresse"] == '12 bis impasse des Fictions; bât. "B"'
    assert rows[0]["prenoms"] == "Maëlys-Océane, Yéléna"
    assert rows[1]["date_naissance"] == "05/2010"
    assert rows[1]["nom_usage"] == ""
    assert rows[1]["prenoms"] == '\'=HYPERLINK("x")'
    # polars, as an analyst would read it
    found = pl.read_csv(raw, separator=";", infer_schema=False)
    assert found["code_postal"].to_list() == ["01500", None]
