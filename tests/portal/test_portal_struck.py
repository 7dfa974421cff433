"""A number said to be wrong stands last and struck out, whichever way it was said, in this campaign and the next."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from siei_match.collect import collect
from siei_match.collect.words import fold
from siei_match.output.audit import Actor
from siei_match.output.memory.answers import read_collected
from tests.portal import many
from tests.portal.conftest import post, token_of
from tests.portal.many import PSAD, signalement, young

FIRST, NEXT = "2026-10", "2027-03"
ONE, OTHER = signalement(15), signalement(16)
OLD, GUARDIAN, NEW = "0639980015", "0799000015", "0639985555"


@pytest.fixture
def sortie(tmp_path: Path) -> Path:
    """Lists of autumn: a young person with a number of theirs and one of a guardian."""
    out = tmp_path / "out"
    rows = [young(n) | {"campagne": FIRST, "premier_signalement": FIRST} for n in (15, 16)]
    many.publish_rows(out, FIRST, rows, [])
    return out


@pytest.fixture
def clock(clock):
    clock.now = clock.now.replace(year=2026, month=11, day=10)
    return clock


def release_next(sortie: Path, clock) -> None:
    """Lists of spring: the same two, with a number more for each."""
    rows = [
        young(n) | {"premier_signalement": FIRST, "telephones": f"{young(n)['telephones']}, 06 39 98 55 55"}
        for n in (15, 16)
    ]  # fmt: skip
    actor = Actor("a.martin", datetime(2027, 3, 18, 9, tzinfo=UTC))
    many.publish_rows(sortie, NEXT, rows, [], actor=actor)
    clock.now = clock.now.replace(year=2027, month=3, day=20)


def on_page(browser, sortie: Path, tmp_path: Path) -> None:
    path = f"/campagnes/{FIRST}/{PSAD}/jeunes/{ONE}"
    data = {"vues": "0", "retour": "coordonnees_incorrectes", "geste": "ajouter"}
    assert post(browser, path, data).status_code == 303


def filled_workbook(browser, day: str | None) -> bytes:
    content = browser.get(f"/campagnes/{FIRST}/{PSAD}/liste.xlsx").content
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        if row[heads.index("id_signalement")].value == ONE:
            row[heads.index("retour")].value = "coordonnees_incorrectes"
            row[heads.index("date_retour")].value = day
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def by_upload(browser, sortie: Path, tmp_path: Path, day: str | None = "08/11/2026") -> None:
    sent = {"fichier": ("liste.xlsx", filled_workbook(browser, day))}
    page = post(browser, "/reponses", {"psad": PSAD}, files=sent)
    depot = re.search(r'name="depot" value="([^"]+)"', page.text).group(1)
    data = {"jeton": token_of(page.text), "depot": depot}
    assert browser.post("/reponses/enregistrer", data=data).status_code == 200


def by_upload_without_a_day(browser, sortie: Path, tmp_path: Path) -> None:
    by_upload(browser, sortie, tmp_path, None)


def by_command(browser, sortie: Path, tmp_path: Path) -> None:
    path = tmp_path / "reponses.xlsx"
    path.write_bytes(filled_workbook(browser, "08/11/2026"))
    # What `siei collect` does, on a day that the test chooses.
    collect(sortie, path, Actor("agent", datetime(2026, 11, 12, 9, tzinfo=UTC)), psad=PSAD)


WAYS = (on_page, by_upload, by_upload_without_a_day, by_command)


def contacts(browser, code: str, one: str = ONE) -> list[tuple[str, bool]]:
    """Every contact in the order of the page, and whether it is struck out."""
    page = browser.get(f"/campagnes/{code}/{PSAD}/jeunes/{one}").text
    table = re.search(r'<table class="contacts">.*?</table>', page, flags=re.DOTALL).group(0)
    rows = re.findall(r"<tr.*?</tr>", table, flags=re.DOTALL)
    told = [
        (re.search(r"<td>(?:<s>|<a[^>]*>)?([^<]+)", row).group(1), "<s>" in row) for row in rows
    ]
    assert all(
        ("href=" in row) != struck or "Adresse" in row
        for row, (_, struck) in zip(rows, told, strict=True)
    )
    return [(fold(value).replace(" ", ""), struck) for value, struck in told]


def struck(told: list[tuple[str, bool]]) -> set[str]:
    return {value for value, wrong in told if wrong}


@pytest.mark.parametrize("say", WAYS, ids=lambda way: way.__name__)
def test_what_was_said_wrong_is_last_and_struck_out_now_and_later(
    browse, sortie, clock, tmp_path, say: Callable[..., None]
) -> None:
    browser = browse("coordonnateur")
    held = contacts(browser, FIRST)
    assert held
    assert not struck(held)
    say(browser, sortie, tmp_path)
    assert read_collected(sortie)["retour"].to_list() == ["coordonnees_incorrectes"]
    now = contacts(browser, FIRST)
    assert struck(now) == {value for value, _ in held}
    release_next(sortie, clock)
    browser = browse("coordonnateur")
    later = contacts(browser, NEXT)
    assert {OLD, GUARDIAN} <= struck(later)
    assert NEW not in struck(later)
    assert later[0] == (NEW, False), "what may still be right is called first"
    assert [wrong for _, wrong in later] == sorted(wrong for _, wrong in later), "struck ones last"
    assert not struck(contacts(browser, NEXT, OTHER)), "nobody else's"
