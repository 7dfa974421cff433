"""The list on screen: whom to call first, filters, search, pages; each view noted, no name in an address."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from siei_match.collect import SingleAnswer, append_answers
from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.portal.lists.progress import Filters, Tab, cut_page, mark_progress, search
from tests.portal import many
from tests.portal.conftest import AUTRE, post
from tests.portal.many import CODE, PSAD, signalement, young
from tests.publication import frame

LISTE = f"/campagnes/{CODE}/{PSAD}"
MANY = 600
TODAY = date(2027, 3, 20)
WHO = Actor("coord@exemple.invalid", datetime(2027, 3, 20, 9, tzinfo=UTC))


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many.release_many(tmp_path_factory.mktemp("beaucoup") / "out", MANY)


@pytest.fixture
def browser(browse):
    return browse("coordonnateur")


def answer(sortie: Path, n: int, retour: str, day: date = TODAY, **more: object) -> None:
    said = [SingleAnswer(signalement(n), retour, day, **more)]  # type: ignore[arg-type]
    assert append_answers(sortie, said, PSAD, WHO, seen=0)


def shown(page: str) -> list[str]:
    """Return who is on the page, in order."""
    return re.findall(rf'href="{LISTE}/jeunes/(s[0-9a-f]{{31}})"', page)


def test_six_hundred_stand_on_twelve_pages_each_once(browser) -> None:
    first = browser.get(LISTE).text
    assert "600 jeunes à contacter, dont 200 mineurs et 450 nouveaux ; 0 réponse reçue." in first
    assert "Page 1 sur 12" in first
    pages = [shown(browser.get(f"{LISTE}?page={n}").text) for n in range(1, 13)]
    assert [len(page) for page in pages] == [50] * 12
    assert {one for page in pages for one in page} == {signalement(n) for n in range(1, MANY + 1)}
    assert shown(browser.get(f"{LISTE}?page=99").text) == pages[-1], "a page that is no more"
    assert shown(browser.get(f"{LISTE}?page=x").text) == pages[0]


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("mineurs=1", lambda n: n % 3 == 0),
        ("nouveaux=1", lambda n: n % 4 != 0),
        ("verifier=1", lambda n: n % 11 == 0),
        ("suivis=1", lambda n: n % 9 == 0),
        ("never=1", lambda n: True),
        ("commune=Plouzan%C3%A9", lambda n: n % 4 == 1),
        ("mineurs=1&commune=Brest&nouveaux=1", lambda n: False),
        ("mineurs=non&tab=licorne", lambda n: True),
    ],
)
def test_filters_show_those_that_they_name(browser, query, holds) -> None:
    page = browser.get(f"{LISTE}?{query}").text
    wanted = sum(holds(n) for n in range(1, MANY + 1))
    assert f'À contacter <span class="pastille">{wanted}</span>' in page
    assert all(holds(int(one[1:], 16)) for one in shown(page))
    if 50 < wanted < MANY:
        following = re.search(r'rel="next" href="([^"]+)"', page)
        assert following, "the next page keeps the filter"
        assert all(
            holds(int(x[1:], 16))
            for x in shown(browser.get(following[1].replace("&amp;", "&")).text)
        )


def test_tabs_follow_the_last_answer_that_stands(browser, sortie) -> None:
    answer(sortie, 1, "suivi")
    answer(sortie, 2, "contacte_sans_reponse")
    answer(sortie, 3, "rendez_vous", rappel=date(2027, 3, 19))
    answer(sortie, 4, "refus", rappel=date(2027, 4, 2))
    answer(sortie, 5, "refus", day=date(2026, 12, 1))
    again, done = (browser.get(f"{LISTE}?tab={tab}").text for tab in ("rappeler", "traites"))
    assert shown(again) == [signalement(n) for n in (3, 4, 2)], "the next call first"
    assert 'class="echu">rappeler le 19/03/2027' in again
    assert {*shown(done)} == {signalement(1), signalement(5)}
    assert shown(browser.get(f"{LISTE}?tab=rappeler&due=1").text) == [signalement(3)]
    assert "Jamais contactés" in again
    assert '<span class="pastille">595</span>' in browser.get(LISTE).text


def test_those_who_left_are_told_with_why(browser) -> None:
    page = browser.get(f"{LISTE}?tab=partis").text
    assert "2 jeunes partis" in page
    assert "de nouveau inscrit dans une formation" in page
    assert f"maintenant sur la liste de Zone {AUTRE}" in page
    assert shown(page) == [], "they have no page: this list does not hold them"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("quemener theo", True), ("QUÉMENER  Théo", True), ("oeuvrard", True), ("œuvrard", True),
        ("n guyen", True), ("garcon plouzane", True), ("0639980012", True), ("+33 6 39 98 00 12", True),
        ("39 98 00 12", True), ("fictive monique", True), ("licorne", False), ("", False),
        ("<script>", False), ("99 99 99 99", False),
    ],
)  # fmt: skip
def test_a_search_knows_no_accent_and_numbers_no_space(words, found) -> None:
    rows = frame("liste", [young(n) for n in range(1, 61)])
    assert (search(rows, words).height > 0) is found


def test_a_search_is_a_form_and_leaves_no_name_in_an_address(browser, sortie) -> None:
    page = post(browser, LISTE, {"recherche": "kervadec eloise"})
    assert page.status_code == 200
    rows = [young(int(one[1:], 16)) for one in shown(page.text)]
    assert rows
    assert {(r["nom_naissance"], r["prenoms"]) for r in rows} == {("KERVADEC", "Éloïse")}
    assert (
        'method="post"' in browser.get(LISTE).text.split('role="search"')[0].rpartition("<form")[2]
    )
    assert "kervadec" not in (sortie / "memoire" / "audit.jsonl").read_text("utf-8").lower()
    hostile = post(browser, LISTE, {"recherche": '"><script>alert(1)</script>'}).text
    assert "<script>" not in hostile


def names_noted(sortie) -> list[audit.Entry]:
    """The looks at names: the door notes each look at a list besides."""
    return [entry for entry in audit.read_entries(sortie) if entry.acte == "acces"]


def test_every_view_of_names_is_noted_and_none_is_shown_that_cannot_be(browser, sortie) -> None:
    for path, what, rows in (
        ("", "ecran", 50), ("?tab=partis", "ecran", 2), ("/appels", "feuille", MANY),
        (f"/jeunes/{signalement(1)}", "fiche", 1),
    ):  # fmt: skip
        assert browser.get(LISTE + path).status_code == 200
        entry = names_noted(sortie)[-1]
        assert entry.par == "coord@exemple.invalid"
        assert (entry.details["format"], entry.details["lignes"]) == (what, rows)
    before = len(names_noted(sortie))
    assert browser.get(f"{LISTE}?tab=traites").status_code == 200
    assert len(names_noted(sortie)) == before, "nobody was named"
    (sortie / "memoire" / "audit.tete").write_text("{}")
    for path in ("", "/appels", f"/jeunes/{signalement(1)}"):
        answer = browser.get(LISTE + path)
        assert answer.status_code == 500
        assert "KERVADEC" not in answer.text


def test_rights_are_read_again_at_each_request(browser, portail) -> None:
    paths = ("", "/appels", f"/jeunes/{signalement(1)}")
    assert [browser.get(LISTE + path).status_code for path in paths] == [200] * 3
    portail.base.run("delete from droits")
    assert [browser.get(LISTE + path).status_code for path in paths] == [404] * 3


def test_another_platform_s_list_is_not_there(browser, browse) -> None:
    theirs = f"/campagnes/{CODE}/{AUTRE}"
    assert post(browser, theirs, {"recherche": "a"}, page=LISTE).status_code == 404
    other = browse("autre")
    for path in ("", "/appels", f"/jeunes/{signalement(1)}"):
        assert other.get(LISTE + path).status_code == 404
    assert other.get(f"{theirs}/jeunes/{signalement(1)}").status_code == 404, "on another's list"


def test_the_call_sheet_has_those_to_call_again_first_with_their_phones(browser, sortie) -> None:
    answer(sortie, 7, "contacte_sans_reponse")
    answer(sortie, 9, "suivi")
    page = browser.get(f"{LISTE}/appels").text
    assert "599 jeunes à appeler au 20 mars 2027" in page
    body = page.split("<tbody>")[1]
    assert "07 99 00 00 07" in body.split("</tr>")[0]
    assert "07 99 00 00 09" not in body


def test_what_was_answered_before_this_list_is_history_and_no_longer_to_do() -> None:
    rows = frame("liste", [young(1), young(2)])
    told = pl.DataFrame(
        [
            {"id_signalement": signalement(1), "day": date(2026, 11, 3), "stands": True},
            {"id_signalement": signalement(2), "day": TODAY, "stands": True},
            {"id_signalement": signalement(2), "day": TODAY, "stands": False},
        ]
    ).with_columns(
        retour=pl.lit("suivi"),
        rappel=pl.lit(None, pl.Date),
        psad_destination=pl.lit(None, pl.String),
    )
    marked = mark_progress(rows, told, pl.col("day") > date(2027, 3, 15))
    seen = {r["id_signalement"]: (r["tab"], r["attempts"]) for r in marked.to_dicts()}
    assert seen == {signalement(1): ("contacter", 1), signalement(2): ("traites", 1)}


def test_an_address_says_again_what_it_was_read_from() -> None:
    asked = {"tab": "rappeler", "mineurs": "1", "due": "1", "commune": "Plouzané & co"}
    filters = Filters.read(asked)
    assert filters == Filters(Tab.AGAIN, mineurs=True, due=True, commune="Plouzané & co")
    assert "commune=Plouzan%C3%A9+%26+co" in filters.query(3)
    assert filters.query(3).endswith("page=3")


def test_pages_hold_every_row_once() -> None:
    rows = pl.DataFrame({"n": range(101)})
    found = [row["n"] for page in (1, 2, 3) for row in cut_page(rows, page)[0]]
    assert found == list(range(101))
    assert cut_page(rows.clear(), 4) == ([], 1, 1)
