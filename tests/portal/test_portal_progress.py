"""Who works on whom, notes that rest encrypted, totals, and a region that sees counts alone."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from siei_match.collect import SingleAnswer, append_answers
from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.output.memory.answers import read_collected
from siei_match.portal.lists.notes import LOST, open_note, seal_note
from siei_match.portal.progress.counting import veil_work
from siei_match.portal.signin.accounts import (
    change_password,
    create_account,
    find_account,
    set_active,
)
from tests.portal.conftest import PASSWORD, sign_in, token_of
from tests.portal.many import CODE, PSAD, signalement

LISTE = f"/campagnes/{CODE}/{PSAD}"
ONE = f"{LISTE}/jeunes/{signalement(15)}"
WHO = Actor("coord@exemple.invalid", datetime(2027, 3, 20, 9, tzinfo=UTC))
SECRET = b"ab" * 32


@pytest.fixture(scope="session")
def released(released_many: Path) -> Path:
    return released_many


def answer(sortie: Path, n: int, retour: str, day: date = date(2027, 3, 20)) -> None:
    assert append_answers(sortie, [SingleAnswer(signalement(n), retour, day)], PSAD, WHO, seen=0)


def reply(browser, retour: str = "", **more: str):
    shown = browser.get(ONE).text
    seen = re.findall(r'name="vues" value="(\d+)"', shown)[-1]
    data = {"jeton": token_of(shown), "vues": seen, "retour": retour, "geste": "ajouter"}
    return browser.post(ONE, data=data | more)


# Notes


def test_a_note_rests_encrypted_and_is_read_on_the_page_alone(browse, sortie, portail) -> None:
    browser = browse("coordonnateur")
    assert reply(browser, "suivi", note="Sa mère rappelle lundi <b>").status_code == 303
    page = browser.get(ONE).text
    assert page.count("Sa mère rappelle lundi &lt;b&gt;") == 2, "beside the answer, in the history"
    for path in sortie.rglob("*"):
        if path.is_file():
            assert "mère rappelle".encode() not in path.read_bytes(), path
    for name in ("liste.xlsx", "liste.csv", "mouvements.csv"):
        assert "mère".encode() not in browser.get(f"{LISTE}/{name}").content
    assert read_collected(sortie)["note"].count() == 1
    assert reply(browser, "suivi", note="x" * 501).status_code == 403


def test_a_note_of_another_or_under_another_key_is_not_read() -> None:
    sealed = seal_note("à rappeler", "s1", SECRET)
    assert open_note(sealed, "s1", SECRET) == "à rappeler"
    assert open_note(sealed, "s2", SECRET) == LOST
    assert open_note(sealed, "s1", b"cd" * 32) == LOST
    assert open_note(sealed[:-4] + "AAAA", "s1", SECRET) == LOST
    assert open_note(None, "s1", SECRET) == ""
    assert seal_note("à rappeler", "s1", SECRET) != sealed, "twice the same is not told"


# Who works on whom


@pytest.fixture
def colleague(portail, accounts, hashed, browse, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr("siei_match.portal.signin.accounts.hash_password", lambda password: hashed)
        made, _ = create_account(
            portail.base,
            "deux@exemple.invalid",
            "Sacha Deux",
            ["coordonnateur"],
            [PSAD],
            local=True,
        )
        change_password(portail.base, made, PASSWORD)
    browser = browse()
    assert sign_in(browser, "deux@exemple.invalid", PASSWORD).status_code == 303
    return browser


def test_colleagues_see_who_works_on_whom_and_what_was_answered(browse, colleague, portail) -> None:
    browser = browse("coordonnateur")
    assert "Personne ne s&#39;en occupe encore" in browser.get(ONE).text.replace("'", "&#39;")
    assert reply(colleague, geste="suivre").status_code == 303
    assert "Suivi par Sacha Deux." in browser.get(ONE).text
    assert "suivi par Sacha Deux" in browser.get(LISTE).text
    mine = colleague.get(f"{LISTE}?miens=1").text
    assert re.findall(r"jeunes/(s[0-9a-f]{31})", mine) == [signalement(15)]
    assert signalement(15) not in browser.get(f"{LISTE}?miens=1").text
    # Whoever answers takes on those whom nobody works on, and no others.
    reply(browser, "refus", note="rappel en juin")
    assert "Suivi par Sacha Deux." in browser.get(ONE).text
    page = colleague.get(ONE).text
    assert "rappel en juin" in page
    assert '<td data-titre="Par">coordonnateur</td>' in page
    reply(browser, geste="suivre")
    assert "Suivi par coordonnateur." in colleague.get(ONE).text
    reply(browser, geste="laisser")
    assert "Suivi par" not in colleague.get(ONE).text


def test_who_leaves_works_on_nobody(browse, colleague, portail) -> None:
    reply(colleague, geste="suivre")
    made = find_account(portail.base, courriel="deux@exemple.invalid")
    assert made
    set_active(portail.base, made, active=False)
    assert "Suivi par" not in browse("coordonnateur").get(ONE).text


# Counts


def test_a_coordinator_sees_what_is_done(browse, sortie) -> None:
    for n, retour in ((1, "suivi"), (2, "contacte_sans_reponse"), (3, "en_formation")):
        answer(sortie, n, retour)
    page = browse("coordonnateur").get("/campagnes").text
    assert "<strong>3 contactés</strong>, 2 joints, 1 en formation, 1 à rappeler" in page


def test_a_region_sees_counts_and_no_name(browse, sortie) -> None:
    browser = browse("region")

    def state() -> str:
        return browser.get("/avancement").text.partition(PSAD)[2].partition("</tr>")[0]

    answer(sortie, 1, "suivi", date(2027, 3, 22))
    assert "pas ouverte" in state(), "one answer is hidden, in every column"
    for n in range(2, 13):
        answer(sortie, n, "suivi" if n <= 6 else "injoignable", date(2027, 3, 22))
    page = browser.get("/avancement").text
    row = re.search(rf"<span class=\"discret\">{PSAD}</span></th>(.*?)</tr>", page, re.DOTALL)
    assert row
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row[1])
    assert [re.sub("<[^>]*>", "", cell) for cell in cells][:4] == ["33", "12", "6", "0"]
    assert "pas ouverte" not in cells[-1], "who answers works on its list, however it came"
    assert not any(name in page for name in ("KERVADEC", "06 39", "exemple.invalid"))
    file = browser.get(f"/avancement/{CODE}.csv")
    assert file.headers["content-disposition"] == f'attachment; filename="avancement-{CODE}.csv"'
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("plateforme;nom;jeunes;contactes;joints;en_formation")
    assert any(line.startswith(f"{PSAD};") and ";33;12;6;0;" in line for line in lines)
    assert browser.get(LISTE).status_code == browser.get(ONE).status_code == 404
    noted = [e.details for e in audit.read_entries(sortie) if e.details.get("page")]
    assert {"page": "avancement_fichier", "campagne": CODE} in noted


def test_a_list_that_was_looked_at_is_open(browse) -> None:
    browser = browse("region")
    assert "pas ouverte" in browser.get("/avancement").text.partition(PSAD)[2].partition("</tr>")[0]
    browse("coordonnateur").get(LISTE)
    told = browser.get("/avancement").text.partition(PSAD)[2].partition("</tr>")[0]
    assert "pas ouverte" not in told


def counted(*rows: tuple[int, int, int, int]) -> pl.DataFrame:
    names = ("listed", "contacted", "reached", "in_training")
    made = pl.DataFrame(rows, dict.fromkeys(names, pl.Int64), orient="row")
    return made.with_columns(
        psad=pl.format("P{}", pl.int_range(pl.len())), nom=pl.lit("x"), again=pl.lit(0),
        minors=pl.lit(0), delay=pl.lit(3.0), opened=pl.lit(value=True),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        # Few, and what would give them by the sum.
        ([(40, 20, 10, 0), (30, 2, 0, 0), (50, 25, 15, 5)],
         [(40, None, 10, 0), (30, None, 0, 0), (50, 25, 15, 5)]),
        # All but three were contacted: the three are hidden with them, and one more.
        ([(40, 37, 20, 10), (60, 20, 10, 5)], [(40, None, 20, 10), (60, None, 10, 5)]),
        ([(40, 20, 10, 5)], [(40, 20, 10, 5)]),
        ([(3, 0, 0, 0), (60, 20, 10, 5)], [(None, 0, 0, 0), (None, 20, 10, 5)]),
    ],
)  # fmt: skip
def test_small_counts_are_hidden_with_what_would_give_them(rows, told) -> None:
    shown = veil_work(counted(*rows)).select("listed", "contacted", "reached", "in_training").rows()
    for before, after, wanted in zip(rows, shown, told, strict=True):
        assert all(a is None or a == b for b, a in zip(before, after, strict=True))
        assert all(a is None for a, w in zip(after, wanted, strict=True) if w is None), (
            after,
            wanted,
        )
