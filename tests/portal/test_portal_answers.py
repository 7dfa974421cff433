"""A file of answers: shown, then kept; another platform's refused; nothing dangerous opened."""

import zipfile
from io import BytesIO

import openpyxl
import polars as pl
import pytest

from siei_match.output import audit, locked
from siei_match.output.memory.answers import read_collected
from siei_match.portal.answers.page import WAITING_MAX
from tests.portal.conftest import AUTRE, PSAD, post, token_of
from tests.publication import IDS, PERSONNELS

LISTE = f"/campagnes/2027-03/{PSAD}/liste.xlsx"


@pytest.fixture
def browser(browse):
    return browse("coordonnateur")


def send(browser, content: bytes, name: str = "liste.xlsx", psad: str = PSAD):
    return post(browser, "/reponses", {"psad": psad}, files={"fichier": (name, content)})


def answer_in(workbook: bytes, **cells: str) -> bytes:
    """Fill the first row of a workbook, as a coordinator does."""
    book = openpyxl.load_workbook(BytesIO(workbook))
    sheet = book.worksheets[0]
    for at, head in enumerate([cell.value for cell in sheet[1]], start=1):
        if head in cells:
            sheet.cell(2, at, cells[head])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def depot_of(page: str) -> str:
    return page.split('name="depot" value="')[1].split('"')[0]


def confirm(browser, page):
    data = {"jeton": token_of(page.text), "depot": depot_of(page.text)}
    return browser.post("/reponses/enregistrer", data=data)


def known_id(browser) -> str:
    content = browser.get(LISTE.replace("xlsx", "parquet")).content
    return pl.read_parquet(BytesIO(content))["id_signalement"][0]


def test_the_workbook_that_was_downloaded_comes_back_filled(browser, sortie) -> None:
    filled = answer_in(
        browser.get(LISTE).content,
        retour="en_formation", date_retour="12/03/2027", commentaire="MONIQUE a répondu",
    )  # fmt: skip
    page = send(browser, filled)
    assert page.status_code == 200
    assert "Rien n&#39;est encore" in page.text or "Rien n'est encore" in page.text
    assert "<dt>Réponses comprises</dt><dd>1</dd>" in page.text
    assert "MONIQUE" not in page.text
    assert read_collected(sortie).height == 0
    done = confirm(browser, page)
    assert "1 réponse de la plateforme" in done.text
    (kept,) = read_collected(sortie).to_dicts()
    assert (kept["retour"], kept["psad"]) == ("en_formation", PSAD)
    entry = audit.read_entries(sortie)[-1]
    assert (entry.acte, entry.par) == ("collecte", "coord@exemple.invalid")
    assert not list((sortie / "memoire" / "depots").iterdir())
    # The form replayed: what it was about waits no more.
    assert confirm(browser, page).status_code == 403
    assert read_collected(sortie).height == 1
    again = confirm(browser, send(browser, filled))
    assert "déjà été enregistré" in again.text


def test_an_account_sends_so_many_files_a_day_and_lets_so_few_wait(
    browse, portail, clock, sortie
) -> None:
    browser = browse("coordonnateur")
    sent = [send(browser, csv_of("x;;suivi;"), "r.csv").status_code for _ in range(WAITING_MAX + 1)]
    assert sent == [200] * WAITING_MAX + [429]
    clock.pass_by(hours=2)
    browser = browse("coordonnateur")
    assert send(browser, csv_of("x;;suivi;"), "r.csv").status_code == 200
    assert len(list((sortie / "memoire" / "depots").iterdir())) == 1
    portail.deposits.par_jour = 12
    assert send(browser, csv_of("x;;suivi;"), "r.csv").status_code == 429
    clock.pass_by(days=1)
    assert send(browse("coordonnateur"), csv_of("x;;suivi;"), "r.csv").status_code == 200


def test_an_upload_between_another_and_its_note_does_not_take_it_for_a_leftover(
    browser, portail, clock, sortie, monkeypatch
) -> None:
    from siei_match.portal.answers import page

    read = page._read
    swept: list[int] = []

    def sweep_meanwhile(*given):
        if not swept:
            swept.append(1)
            page.sweep(portail.base, sortie, when=clock())
        return read(*given)

    monkeypatch.setattr(page, "_read", sweep_meanwhile)
    first = send(browser, csv_of(f"{known_id(browser)};12/03/2027;suivi;"), "r.csv")
    assert first.status_code == 200
    assert "1 réponse de la plateforme" in confirm(browser, first).text


def csv_of(*rows: str) -> bytes:
    return "\n".join(["id_signalement;date_retour;retour;psad_destination", *rows]).encode()


def test_what_was_not_understood_is_shown_by_line_and_reason(browser) -> None:
    mine = known_id(browser)
    page = send(
        browser,
        csv_of(f"{mine};12/03/2027;suivi;", f"{mine};;licorne;", "nimporte;;suivi;", f"{mine};;;"),
        "r.csv",
    )
    assert "<dt>Réponses comprises</dt><dd>1</dd>" in page.text
    assert "<dt>Lignes refusées</dt><dd>2</dd>" in page.text
    assert "<dt>Sans réponse</dt><dd>1</dd>" in page.text
    assert "licorne" not in page.text
    assert "nimporte" not in page.text


def test_another_platform_s_signalement_is_refused(browser, sortie) -> None:
    theirs = f"s{IDS[1][1:]}"
    page = send(browser, csv_of(f"{theirs};;diplome;"), "r.csv")
    assert "<dt>Réponses comprises</dt><dd>0</dd>" in page.text
    assert "<button>Enregistrer" not in page.text
    assert confirm(browser, page).status_code == 200
    assert read_collected(sortie).height == 0
    assert send(browser, csv_of(), "r.csv", psad=AUTRE).status_code == 404


def test_a_deposit_is_its_sender_s_for_an_hour(browser, browse, clock, sortie, portail) -> None:
    content = csv_of(f"{'s' + 'a' * 31};;suivi;")
    page = send(browser, content, "r.csv")
    other = browse("autre")
    data = {"jeton": token_of(other.get("/reponses").text), "depot": depot_of(page.text)}
    assert other.post("/reponses/enregistrer", data=data).status_code == 403
    for name in ("../audit.jsonl", "../../listes.duckdb", "x", "", "../depots"):
        data = {"jeton": token_of(page.text), "depot": name}
        assert browser.post("/reponses/enregistrer", data=data).status_code == 403
    portail.base.run("delete from droits where compte = (select compte from depots)")
    assert confirm(browser, page).status_code == 404, "rights are those of this moment"
    clock.pass_by(minutes=25)
    browser.get("/reponses")
    clock.pass_by(minutes=25)
    browser.get("/reponses")
    clock.pass_by(minutes=25)
    assert confirm(browser, page).status_code == 403


def test_while_a_run_works_the_answers_wait(browser, sortie, monkeypatch) -> None:
    monkeypatch.setattr("siei_match.portal.door.patience.WAITS", (0.01,))
    page = send(browser, csv_of(f"{'s' + 'a' * 31};;suivi;"), "r.csv")
    with locked(sortie):
        assert confirm(browser, page).status_code == 503
    assert confirm(browser, page).status_code == 200


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
        archive.writestr("[Content_Types].xml", b"<x/>")
    return out.getvalue()


XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


def entities() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", XXE)
        archive.writestr("xl/workbook.xml", XXE)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "r.csv"),
        (b"\x00\x01\x02" * 1000, "r.xlsx"),
        (b"PK\x03\x04 not a workbook", "r.xlsx"),
        (b"a;b\n1;2\n", "r.csv"),
        (bomb(), "r.xlsx"),
        (entities(), "r.xlsx"),
        (b"x", "r.exe"),
        (b"x", "../../r"),
    ],
    ids=["empty", "noise", "half", "columns", "bomb", "entities", "exe", "path"],
)
def test_what_is_no_file_of_answers_is_refused(browser, sortie, content, name) -> None:
    page = send(browser, content, name)
    assert page.status_code == 403
    assert 'role="alert"' in page.text
    folder = sortie / "memoire" / "depots"
    assert not (folder.exists() and list(folder.iterdir()))


def test_a_file_that_is_too_large_is_not_even_read(browser) -> None:
    answer = send(browser, b"x" * (6 << 20), "r.csv")
    assert answer.status_code == 413


def test_no_file_at_all_is_told(browser) -> None:
    assert post(browser, "/reponses", {"psad": PSAD}).status_code == 403
    assert not [value for value in PERSONNELS if value in browser.get("/reponses").text]
