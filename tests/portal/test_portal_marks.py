"""The mark of who downloaded a list: no value changes, a save by an office keeps it, nobody forges it."""

import csv
import hashlib
import io
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.cli import main
from siei_match.output import audit
from siei_match.output.spreadsheet import csv_header, csv_lines
from siei_match.portal.lists.marks import (
    Download,
    agreement,
    mark_csv,
    mark_workbook,
    read_csv_bits,
    read_workbook_mark,
)
from siei_match.portal.lists.tracing import SECRET, Proof, trace
from tests.portal.conftest import ACCOUNTS, PSAD
from tests.unmarked import without_mark

LISTE = f"/campagnes/2027-03/{PSAD}"
WHO = ACCOUNTS["coordonnateur"][0]
MARK = hashlib.sha256(b"a mark").digest()
OTHER = hashlib.sha256(b"another").digest()
letters = st.sampled_from([*"abcXYZéÉ'-_ ;\"0159+=\t,.", "\u0301", "ﬀ"])
texts = st.text(alphabet=letters, max_size=12) | st.sampled_from(
    ["VRAI", "na", "Le Goff", "O'Hara"]
)


def rendered(frame: pl.DataFrame) -> bytes:
    lines = [csv_header(frame.columns), *csv_lines(frame).to_list(), ""]
    return ("\ufeff" + "\r\n".join(lines)).encode("utf-8")


def values(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@given(st.lists(st.tuples(texts, texts, st.integers(0, 99)), max_size=8))
def test_a_mark_changes_no_value_of_a_csv_and_can_be_taken_off(rows) -> None:
    frame = pl.DataFrame(rows, schema={"nom": pl.String, "ville": pl.String, "age": pl.Int64}, orient="row")  # fmt: skip
    content = rendered(frame)
    marked = mark_csv(content, MARK)
    assert values(marked) == values(content)
    assert without_mark(marked, "csv") == content
    same, words = agreement(read_csv_bits(marked), MARK)
    assert same == words


def many(n: int = 40) -> bytes:
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [f"KER{letters[i % 26]}{letters[i // 26]}" for i in range(n)]
    return rendered(pl.DataFrame({"nom": names, "prenoms": names[::-1], "code": ["01000"] * n}))


def test_rows_that_are_cut_out_or_moved_still_tell() -> None:
    marked = mark_csv(many(), MARK)
    head, *rows = marked.splitlines(keepends=True)
    part = head + b"".join(sorted(rows[10:30], reverse=True))
    assert agreement(read_csv_bits(part), MARK) == (40, 40)
    assert agreement(read_csv_bits(part), OTHER)[0] < 32, "half of them, by chance"
    again = io.StringIO()
    csv.writer(again, delimiter=";").writerows(values(marked))
    rewritten = agreement(read_csv_bits(again.getvalue().encode()), MARK)
    assert rewritten[0] < rewritten[1], (
        "a program that writes it anew loses it: SECURITY.md says so"
    )


def test_codes_and_dates_keep_their_quotes() -> None:
    content = rendered(pl.DataFrame({
        "a": ["01000", "vrai", "FALSE", "NA", "12/03/2010", "1E5", "=SUM(A1)", "x", "-", ""]
    }))  # fmt: skip
    for seed in range(64):
        assert mark_csv(content, hashlib.sha256(bytes([seed])).digest()) == content


@pytest.fixture
def found(browse, tmp_path):
    """Download a list, and give the file as somebody finds it."""

    def download(kind: str, role: str = "coordonnateur", name: str = "liste") -> Path:
        answer = browse(role).get(f"{LISTE}/{name}.{kind}")
        assert answer.status_code == 200
        path = tmp_path / f"trouve-{name}.{kind}"
        path.write_bytes(answer.content)
        return path

    return download


@pytest.mark.parametrize(
    ("kind", "name", "proof"),
    [("xlsx", "liste", Proof.MARK), ("csv", "liste", Proof.BYTES), ("csv", "mouvements", Proof.BYTES),
     ("parquet", "liste", Proof.BYTES)],
)  # fmt: skip
def test_a_file_tells_whose_download_it_is(found, sortie, clock, kind, name, proof) -> None:
    path = found(kind, name=name)
    clock.pass_by(hours=1)
    found("xlsx")
    if kind == "xlsx":
        path = path.with_name("other.xlsx")
        clock.pass_by(hours=1)
        path.write_bytes(found("xlsx").read_bytes())
    traced = trace(sortie, path)
    assert [(t.entree.par, t.proof, t.entree.details["psad"]) for t in traced] == [
        (WHO, proof, PSAD)
    ]
    last = [e for e in audit.read_entries(sortie) if e.acte == "acces"][-1]
    assert (traced[0].entree.quand == last.quand) is (kind == "xlsx"), "of the two, that one"


def test_no_two_downloads_bear_the_same_mark_and_the_log_has_none(found, sortie, clock) -> None:
    seen = set()
    for _ in range(3):
        seen.add(read_workbook_mark(found("xlsx").read_bytes()))
        clock.pass_by(seconds=1)
    assert len(seen) == 3
    log = (sortie / "memoire" / "audit.jsonl").read_text("utf-8")
    assert not [mark for mark in seen if mark.hex() in log]


def test_who_reads_the_log_cannot_make_a_mark(found, sortie, portail) -> None:
    """The forger knows all that the log says of a colleague's download, and not the page's secret."""
    path = found("xlsx")
    e = next(e for e in audit.read_entries(sortie) if e.acte == "acces" and e.fichiers)
    (name,) = e.fichiers
    told = Download(e.par, e.quand, "2027-03", PSAD, "xlsx", name)
    assert told.mark(portail.base.secret(SECRET))[:16] == read_workbook_mark(path.read_bytes())
    bare = openpyxl.load_workbook(BytesIO(path.read_bytes()))
    forged = BytesIO()
    bare.custom_doc_props.props.clear()
    bare.defined_names.clear()
    bare.save(forged)
    path.write_bytes(mark_workbook(forged.getvalue(), told.mark(b"guessed")))
    assert trace(sortie, path) == []


def test_a_marked_workbook_opens_as_before(found, sortie) -> None:
    released = sortie / "publiees" / "2027-03" / "listes" / f"psad={PSAD}" / "liste.xlsx"
    books = [openpyxl.load_workbook(path) for path in (found("xlsx"), released)]
    told = [[[cell.value for cell in row] for sheet in book for row in sheet] for book in books]
    assert told[0] == told[1]
    with zipfile.ZipFile(found("xlsx")) as book:
        assert book.testzip() is None
        assert len(set(book.namelist())) == len(book.namelist())


@pytest.mark.slow
@pytest.mark.parametrize("form", ["xlsx", "ods", "xls"])
def test_a_save_by_libreoffice_keeps_the_mark(found, sortie, tmp_path, form) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice here: apt-get install libreoffice-calc")
    path, there = found("xlsx"), tmp_path / "saved"
    subprocess.run(
        [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", form,
         "--outdir", there, path],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    saved = there / f"{path.stem}.{form}"
    kept = trace(sortie, saved)
    # The old binary form is no zip: what it keeps is not looked for.
    assert [t.entree.par for t in kept] == ([] if form == "xls" else [WHO])


def test_either_half_of_a_workbook_s_mark_is_enough(found, sortie) -> None:
    content = found("xlsx").read_bytes()
    for gone in ("docProps/custom.xml", "xl/workbook.xml"):
        made = BytesIO()
        with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(made, "w") as target:
            for name in source.namelist():
                text = source.read(name)
                target.writestr(name, text if name != gone else text.replace(b"siei", b"none"))
        path = sortie.parent / "half.xlsx"
        path.write_bytes(made.getvalue())
        assert [t.entree.par for t in trace(sortie, path)] == [WHO], gone


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"a;b\r\n", b"\xff\xfe\x00", b'"' * 1000, b"\x00" * 5000]
)
def test_what_bears_no_mark_says_nothing(sortie, portail, tmp_path, content, capsys) -> None:
    path = tmp_path / "autre.xlsx"
    path.write_bytes(content)
    assert main(["audit", "trace", str(path), "--sortie", str(sortie)]) == 1
    assert WHO not in capsys.readouterr().out


def test_the_command_says_who_when_and_which_list(found, sortie, capsys) -> None:
    assert main(["audit", "trace", str(found("xlsx")), "--sortie", str(sortie)]) == 0
    said = capsys.readouterr().out
    assert f"acces de {WHO}, 2027-03-20 09:00:00 UTC, liste 2027-03 {PSAD} xlsx" in said
    assert "reconnu par sa marque" in said
    found("parquet")
    assert main(["audit", "trace", str(found("parquet")), "--sortie", str(sortie)]) == 0
    assert "remis 2 fois" in capsys.readouterr().out


def test_a_long_csv_tells_by_its_mark_when_its_bytes_are_others(portail, sortie) -> None:
    """Some rows cut out of it: no hash is known any more."""
    quand = portail.clock().isoformat(timespec="milliseconds")
    name = f"liste-2027-03-{PSAD}.csv"
    taken = Download(WHO, quand, "2027-03", PSAD, "csv", name)
    content = mark_csv(many(), taken.mark(portail.base.secret(SECRET)))
    for when in (portail.clock(), portail.clock().replace(minute=1)):
        audit.append(
            sortie, "acces", portail.actor(WHO).__class__(WHO, when),
            details={"campagne": "2027-03", "psad": PSAD, "format": "csv", "voie": "page"},
            fichiers={name: "0" * 64},
        )  # fmt: skip
    path = sortie.parent / "extrait.csv"
    path.write_bytes(b"".join(content.splitlines(keepends=True)[:25]))
    (traced,) = trace(sortie, path)
    assert (traced.entree.quand, traced.proof, traced.agreeing) == (quand, Proof.MARK, (48, 48))
    path.write_bytes(b"".join(content.splitlines(keepends=True)[:6]))
    assert trace(sortie, path) == [], "too few words to tell"
