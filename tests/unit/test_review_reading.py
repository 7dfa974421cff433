"""A clerk's workbook as it really comes back."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.reference.errors import DeliveryError
from siei_match.review import read_workbook
from siei_match.review.reading import BOTH_WAYS, NO_PAIR, NOT_UNDERSTOOD, understand

A, B, C = ("d" + letter * 31 for letter in "abc")


def read(tmp_path: Path, rows: list[list[Any]]) -> Any:
    book = openpyxl.Workbook()
    book.active.append(["Bonjour"])
    other = book.create_sheet("Copie")
    for row in rows:
        other.append(row)
    path = tmp_path / "retour.xlsx"
    book.save(path)
    return read_workbook(path)


def test_a_quote_left_open_loses_no_judgement(tmp_path: Path) -> None:
    path = tmp_path / "retour.csv"
    path.write_text(f'id_paire;réponse;note\n{A};oui;"vu\n{B};non;"x"\n{C};oui;\n', "utf-8")
    with pytest.raises(DeliveryError, match="2 lines of the file, 2 to 3"):
        read_workbook(path)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("même personne", "meme"), ("Meme  Personne.", "meme"), ("OUI", "meme"), ("meme", "meme"),
        ("personnes différentes", "autre"), ("Differentes", "autre"), ("non", "autre"),
        ("ne sait pas", "ne_sait_pas"), ("ne_sait_pas", "ne_sait_pas"), ("NSP", "ne_sait_pas"),
        ("Je ne sais pas", "ne_sait_pas"), ("?", "ne_sait_pas"),
    ],
)  # fmt: skip
def test_answers_in_words(tmp_path: Path, said: str, meant: str) -> None:
    found = read(tmp_path, [["Réponse", "id_paire"], [said, A]])
    assert found.reponses.rows() == [(A, meant, 2)]


def test_blocks_of_two_rows_in_any_order(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            [None, "id_paire", "x", "réponse"],
            [None, A, "", None],
            [None, B, "", "même personne"],
            [None, A, "", "autre"],
            [],
            [None, B, "", "meme"],
            [None, C, "", None],
        ],
    )
    assert found.reponses.rows() == [(A, "autre", 4), (B, "meme", 3)]
    assert (found.sans_reponse, found.refusal) == (1, ())


def test_what_cannot_be_understood_is_refused_with_its_row(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            ["id_paire", "réponse"],
            [A, "même personne"],
            [A, "personnes différentes"],
            [B, "peut-être"],
            [B, "meme"],
            ["", "meme"],
            ["=A2", None],
            ["remarque", None],
        ],
    )
    assert found.reponses.is_empty()
    assert [(r.ligne, r.motif, r.id_paire) for r in found.refusal] == [
        (3, BOTH_WAYS, A), (4, NOT_UNDERSTOOD, B), (6, NO_PAIR, None),
    ]  # fmt: skip


def test_a_csv_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "retour.csv"
    path.write_text(f"id_paire;réponse\n{A};même personne\n", "windows-1252")
    assert read_workbook(path).reponses.rows() == [(A, "meme", 2)]


def test_no_workbook_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "retour.xlsx"
    for content in (b"", b"PK\x03\x04 half a workbook", b"id_paire;remarque"):
        path.write_bytes(content)
        with pytest.raises(DeliveryError):
            read_workbook(path)
    with pytest.raises(DeliveryError):
        read_workbook(tmp_path / "nowhere.xlsx")
    with pytest.raises(DeliveryError, match="no sheet has the columns"):
        read(tmp_path, [["id_paire", "remarque"], [A, "meme"]])


cell = st.sampled_from(["", None, "meme", "autre", "nsp", "bof", 3])
pair = st.sampled_from([A, B, C, "", None, "dupond"])


@given(st.lists(st.tuples(pair, cell), max_size=12))
def test_every_pair_is_answered_or_not_or_refused(rows: list[tuple[Any, Any]]) -> None:
    found = understand(list(enumerate([["id_paire", "reponse"], *rows], start=1)), 1, 0, 1, "")
    pairs = {p for p, _ in rows if p in (A, B, C)}
    stray = [r for r in found.refusal if r.id_paire is None]
    assert found.reponses.height + found.sans_reponse + len(found.refusal) - len(stray) == len(
        pairs
    )
    assert len(stray) == sum(1 for p, c in rows if p not in (A, B, C) and c not in ("", None))


def test_the_workbook_keeps_its_names_in_view_on_a_laptop(tmp_path: Path) -> None:
    from io import BytesIO

    import openpyxl

    from siei_match.review.sheet import COLUMNS, FIRST, WIDTHS, render

    book = openpyxl.load_workbook(BytesIO(render([], "2027-03", {})))
    sheet = book["Paires"]
    assert sheet.freeze_panes == "E2"
    # A character is seven pixels wide, and a cell has five more.
    assert sum(7 * WIDTHS[name] + 5 for name in FIRST) < 1366 / 3
    headings = [cell.value for cell in sheet[1]]
    assert len(headings) == len(COLUMNS)
    assert headings[4] == "réponse"
    assert headings[-1] == "id_paire"
