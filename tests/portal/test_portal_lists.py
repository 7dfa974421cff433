"""What a coordinator sees and downloads, and nobody else."""

import hashlib
from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import polars as pl
import pytest

from siei_match.collect import collect
from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.portal.lists.marks import read_workbook_mark
from siei_match.release import archive, withdraw
from tests.portal.conftest import AUTRE, PSAD
from tests.publication import IDS, PERSONNELS
from tests.releases import ACTEUR
from tests.unmarked import without_mark

LISTE = f"/campagnes/2027-03/{PSAD}"


def test_a_coordinator_sees_the_counts_of_all_lists_and_the_names_of_one(browse) -> None:
    browser = browse("coordonnateur")
    counts, page = browser.get("/campagnes"), browser.get(LISTE)
    assert PSAD in counts.text
    assert AUTRE not in counts.text + page.text
    assert not [value for value in PERSONNELS if value in counts.text]
    assert "QUEMENER Maëlys-Océane, Yéléna" in page.text
    assert "0494004062M" not in page.text, "no INE on a screen that others may see"
    assert '<desc id="graphique-texte">2026-10 : 1, dont' in page.text


def test_the_first_sentence_says_what_there_is_to_do(browse, sortie) -> None:
    browser = browse("coordonnateur")
    page = browser.get(LISTE).text
    assert "1 jeune à contacter, dont 0 mineur et 1 nouveau ; 0 réponse reçue." in page
    listed = pl.read_parquet(sortie / "publiees/2027-03/signalements.parquet").filter(psad=PSAD)
    path = sortie / "r.csv"
    path.write_text(f"id;retour\n{listed['id_signalement'][0]};suivi\n", "utf-8")
    collect(sortie, path, Actor("c", datetime(2027, 3, 18, tzinfo=UTC)), psad=PSAD)
    path.unlink()
    assert "1 réponse reçue." in browser.get(LISTE).text
    assert "Campagne de mars 2027" in page


def test_who_entered_and_left_is_the_released_file_and_one_s_own(browse, sortie) -> None:
    answer = browse("coordonnateur").get(f"{LISTE}/mouvements.csv")
    frozen = sortie / "publiees" / "2027-03" / "listes" / f"psad={PSAD}" / "mouvements.csv"
    assert without_mark(answer.content, "csv") == frozen.read_bytes()
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="mouvements-2027-03-{PSAD}.csv"'
    )
    entry = audit.read_entries(sortie)[-1]
    assert (entry.acte, list(entry.fichiers)) == ("acces", [f"mouvements-2027-03-{PSAD}.csv"])
    assert (
        browse("coordonnateur").get(f"/campagnes/2027-03/{AUTRE}/mouvements.csv").status_code == 404
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_is_the_released_one_byte_for_byte_but_for_its_mark(browse, sortie, kind) -> None:
    answer = browse("coordonnateur").get(f"{LISTE}/liste.{kind}")
    frozen = sortie / "publiees" / "2027-03" / "listes" / f"psad={PSAD}" / f"liste.{kind}"
    assert without_mark(answer.content, kind) == frozen.read_bytes()
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="liste-2027-03-{PSAD}.{kind}"'
    )
    assert answer.headers["cache-control"] == "no-store"


def test_a_workbook_opens_with_texts_and_a_choice_of_answers(browse) -> None:
    answer = browse("coordonnateur").get(f"{LISTE}/liste.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
    cells = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["code_postal"].value == "01500"
    assert sheet.data_validations.dataValidation[0].type == "list"


def test_each_download_is_noted_with_the_hash_of_what_was_sent(browse, sortie) -> None:
    browser = browse("coordonnateur")
    for kind in ("csv", "xlsx", "parquet", "xlsx"):
        answer = browser.get(f"{LISTE}/liste.{kind}")
        entry = audit.read_entries(sortie)[-1]
        assert (entry.acte, entry.par) == ("acces", "coord@exemple.invalid")
        assert entry.details["format"] == kind
        assert entry.details["lignes"] == 1
        assert list(entry.fichiers.values()) == [hashlib.sha256(answer.content).hexdigest()]
    assert audit.verify(sortie).whole
    log = (sortie / "memoire" / "audit.jsonl").read_text("utf-8")
    assert not [value for value in PERSONNELS if value in log]


def test_nothing_is_sent_that_cannot_be_noted(browse, sortie) -> None:
    browser = browse("coordonnateur")
    tete = sortie / "memoire" / "audit.tete"
    tete.write_text("{}")
    answer = browser.get(f"{LISTE}/liste.csv")
    assert answer.status_code == 500
    assert PERSONNELS[0] not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"/campagnes/2027-03/{AUTRE}",
        f"/campagnes/2027-03/{AUTRE}/liste.csv",
        f"/campagnes/2027-03/{AUTRE}/liste.xlsx",
        "/campagnes/2027-03/non_affecte/liste.csv",
        f"/campagnes/2027-09/{PSAD}/liste.csv",
        f"/campagnes/2027-03/{PSAD}/liste.exe",
        f"/campagnes/2027-03/{PSAD}/../../{AUTRE}/liste.csv",
        f"/campagnes/2027-03/..%2f..%2fmemoire/liste.csv",  # noqa: F541
        f"/campagnes/..%2fcampagnes/{PSAD}/liste.csv",
        "/publiees/2027-03/etat.json",
        "/fixes/../base.py",
        "/fixes/%2e%2e/base.py",
    ],
)
def test_an_address_that_was_guessed_leads_nowhere(browse, sortie, path) -> None:
    browser = browse("coordonnateur")
    before = len(audit.read_entries(sortie))
    answer = browser.get(path)
    assert answer.status_code == 404
    assert not [value for value in PERSONNELS if value in answer.text]
    assert len(audit.read_entries(sortie)) == before


def test_another_platform_and_none_look_the_same(browse) -> None:
    browser = browse("coordonnateur")
    pages = {browser.get(f"/campagnes/2027-03/{psad}").text for psad in (AUTRE, "PSAD-999-99")}
    assert len(pages) == 1


def test_rights_are_those_of_this_moment(browse, portail, sortie) -> None:
    browser = browse("coordonnateur")
    assert browser.get(f"{LISTE}/liste.csv").status_code == 200
    portail.base.run("delete from droits")
    assert browser.get(f"{LISTE}/liste.csv").status_code == 404
    assert browser.get(LISTE).status_code == 404
    portail.base.run("update comptes set actif = 0")
    assert browser.get("/campagnes").headers["location"].startswith("/connexion")


def test_an_archived_campaign_is_counted_and_no_longer_given(browse, sortie) -> None:
    browser = browse("coordonnateur")
    archive(sortie, "2027-03", actor=ACTEUR)
    assert "archivée" in browser.get("/campagnes").text
    page = browser.get(LISTE).text
    assert "liste.xlsx" not in page
    assert not [value for value in PERSONNELS if value in page]
    for path in ("/appels", f"/jeunes/s{IDS[0][1:]}"):
        assert browser.get(f"{LISTE}{path}").status_code == 404
    assert browser.get(f"{LISTE}/liste.csv").status_code == 404
    withdraw(sortie, "2027-03", actor=ACTEUR)
    assert "mars 2027" not in browser.get("/campagnes").text
    assert browser.get(LISTE).status_code == 404


def test_a_damaged_list_is_not_sent(browse, sortie) -> None:
    path = sortie / "publiees" / "2027-03" / "listes" / f"psad={PSAD}" / "liste.csv"
    path.write_bytes(path.read_bytes().replace(b"Brest", b"Paris"))
    assert browse("coordonnateur").get(f"{LISTE}/liste.csv").status_code == 500


def test_a_new_run_is_not_seen_until_it_is_released(browse, sortie) -> None:
    browser = browse("coordonnateur")
    before = browser.get(f"{LISTE}/liste.parquet").content
    listes = sortie / "campagnes" / "2027-03" / "listes" / f"psad={PSAD}"
    other = pl.read_parquet(BytesIO(before)).clear()
    (listes / "liste.parquet").unlink()
    other.write_parquet(listes / "liste.parquet")
    assert browser.get(f"{LISTE}/liste.parquet").content == before


def test_too_many_downloads_wait(browse, portail, clock) -> None:
    browser = browse("coordonnateur")
    path = f"{LISTE}/liste.csv"
    statuses = [browser.get(path).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    clock.pass_by(seconds=3)
    assert [browser.get(path).status_code for _ in range(2)] == [200, 429]


def test_the_workbook_is_that_of_the_release(browse, sortie) -> None:
    folder = sortie / "publiees" / "2027-03" / "listes" / f"psad={PSAD}"
    sent = browse("coordonnateur").get(f"{LISTE}/liste.xlsx").content
    released = (folder / "liste.xlsx").read_bytes()
    assert without_mark(sent, "xlsx") == without_mark(released, "xlsx")
    assert read_workbook_mark(sent)
    assert read_workbook_mark(released) is None
    (folder / "liste.xlsx").write_bytes(sent[:-1] + b"x")
    assert browse("coordonnateur").get(f"{LISTE}/liste.xlsx").status_code == 500
