"""What the page keeps in memory of released lists: never older than the files, never past rights or a withdrawal."""

from pathlib import Path

import polars as pl
import pytest

from siei_match.portal.answers.log import AnswerLog
from siei_match.portal.lists.keeping import Kept
from siei_match.release import withdraw
from tests.portal.conftest import AUTRE, post, token_of
from tests.portal.many import CODE, PSAD, signalement
from tests.releases import ACTEUR

LISTE = f"/campagnes/{CODE}/{PSAD}"
ONE = f"{LISTE}/jeunes/{signalement(15)}"


@pytest.fixture(scope="session")
def released(released_many: Path) -> Path:
    return released_many


def say(browser, retour: str, seen: int = 0) -> None:
    data = {"vues": str(seen), "retour": retour, "geste": "ajouter"}
    assert post(browser, ONE, data).status_code == 303


def test_a_version_is_made_once_and_the_least_used_goes() -> None:
    made: list[str] = []
    kept: Kept[str] = Kept(most=2)

    def ask(key: str, version: int) -> str:
        return kept.get((key,), version, lambda: made.append(f"{key}{version}") or made[-1])

    assert [ask("a", 1), ask("a", 1), ask("b", 1), ask("a", 1), ask("c", 1), ask("a", 1)] == [
        "a1", "a1", "b1", "a1", "c1", "a1",
    ]  # fmt: skip
    assert made == ["a1", "b1", "c1"]
    assert ask("a", 2) == "a2"
    assert ask("b", 1) == "b1"
    assert made == ["a1", "b1", "c1", "a2", "b1"], "b went when c came"
    assert len(kept) == 2
    kept.keep_only({"a"})
    assert len(kept) == 1


def test_a_list_that_is_kept_is_shown_to_nobody_who_lost_the_right(browse, portail) -> None:
    browser = browse("coordonnateur")
    assert browser.get(LISTE).status_code == browser.get(ONE).status_code == 200
    portail.base.run("delete from droits where psad = ?", PSAD)
    assert browser.get(LISTE).status_code == browser.get(ONE).status_code == 404


def test_an_answer_changes_the_list_of_its_platform_and_the_work_kept_of_no_other(
    browse, portail, sortie
) -> None:
    browser, log = browse("coordonnateur"), AnswerLog(sortie)
    assert "jamais contacté" in browser.get(LISTE).text
    before, other = log.version(PSAD), log.version(AUTRE)
    say(browser, "suivi")
    assert "1 réponse reçue" in browser.get(LISTE).text
    assert log.version(PSAD) != before
    assert log.version(AUTRE) == other
    say(browser, "refus", seen=1)
    assert "Refus" in browser.get(f"{LISTE}?tab=traites").text


def test_a_colleague_who_takes_somebody_on_is_seen_at_once(browse) -> None:
    browser = browse("coordonnateur")
    browser.get(LISTE)
    page = browser.get(ONE)
    browser.post(ONE, data={"jeton": token_of(page.text), "geste": "suivre"})
    assert "suivi par" in browser.get(LISTE).text


def test_what_is_withdrawn_stays_nowhere(browse, portail, sortie) -> None:
    browser = browse("coordonnateur")
    browser.get(LISTE)
    browser.get(ONE)
    assert len(portail.worked)
    assert any(isinstance(t, pl.DataFrame) for _, t in portail.reader._tables._known.values())
    withdraw(sortie, CODE, actor=ACTEUR)
    assert browser.get(LISTE).status_code == 404
    portail.forget_gone()
    assert len(portail.worked) == 0
    assert not [key for key in portail.reader._tables._known if key[0] == CODE]
