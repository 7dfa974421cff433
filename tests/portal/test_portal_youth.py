"""The page of one young person: reaching them, answering in two clicks, correcting, taking back."""

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from siei_match.output import audit, locked, open_staging
from siei_match.output.memory.answers import RETOURS, read_collected
from siei_match.portal.lists.words import GROUPS, tell_birth, tell_end
from siei_match.reference.vocabulary import ANNULE, ANSWERS, BINDING_ANSWERS
from siei_match.stages.publish.answer_columns import LABELS
from tests.portal.conftest import ACCOUNTS, AUTRE, PASSWORD, post, sign_in, token_of
from tests.portal.many import CODE, PSAD, REACHED, signalement

LISTE = f"/campagnes/{CODE}/{PSAD}"
ONE = f"{LISTE}/jeunes/{signalement(15)}"


@pytest.fixture(scope="session")
def released(released_many: Path) -> Path:
    return released_many


@pytest.fixture
def browser(browse):
    return browse("coordonnateur")


def seen_on(page: str) -> str:
    return re.findall(r'name="vues" value="(\d+)"', page)[-1]


def say(browser, retour: str, geste: str = "ajouter", path: str = ONE, **more: object):
    shown = browser.get(path).text
    data = {"jeton": token_of(shown), "vues": seen_on(shown), "retour": retour, "geste": geste}
    return browser.post(path, data=data | more)


def kept(sortie: Path) -> list[str]:
    return read_collected(sortie)["retour"].to_list()


def test_each_contact_says_its_source_and_date_and_the_second_guardian_is_there(browser) -> None:
    page = browser.get(f"{LISTE}/jeunes/{signalement(REACHED)}").text
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert page.count('href="tel:0639980016"') == 1, "what the list shows is told once"
    assert "06 39 98 00 16 Scolarité (Éducation nationale), depuis le 01/09/2025" in text
    assert 'href="tel:0639987777"' in page
    assert "06 39 98 77 77 Missions locales, depuis le 03/06/2026" in text
    assert (
        "Courriel du second responsable FICTIF Luc luc@exemple.invalid Contrats d’apprentissage"
        in text
    )
    assert "luc@exemple.invalid" not in browser.get(ONE).text


def test_numbers_are_called_and_addresses_written_to_by_a_click(browser) -> None:
    page = browser.get(ONE).text
    for link in (
        'href="tel:0639980015"',
        'href="tel:0799000015"',
        'href="mailto:fictif15@exemple.invalid"',
    ):
        assert link in page
    assert "FICTIVE Monique" in page
    assert "Lycée fictif" in page
    assert "Jamais contacté." in page


def test_what_the_law_asks_of_a_minor_and_until_when(browser) -> None:
    assert (
        "Obligation de formation, jusqu&#39;à ses 18 ans, le 16 mai 2027" in browser.get(ONE).text
    )
    assert "Droit au retour" in browser.get(f"{LISTE}/jeunes/{signalement(2)}").text


@pytest.mark.parametrize(
    ("born", "said", "until"),
    [
        ("2009-05-16", "né(e) le 16 mai 2009", "jusqu'à ses 18 ans, le 16 mai 2027"),
        ("2008-02-29", "né(e) le 29 février 2008", "jusqu'à ses 18 ans, le 1er mars 2026"),
        ("2009-05", "né(e) en mai 2009", "jusqu'à ses 18 ans, en mai 2027"),
        ("2009", "né(e) en 2009", "jusqu'à ses 18 ans, en 2027"),
        (None, "date de naissance inconnue", "jusqu'à ses 18 ans"),
    ],
)
def test_a_birth_is_told_as_far_as_it_is_known(born, said, until) -> None:
    assert (tell_birth(born), tell_end(born)) == (said, until)


def test_a_doubt_is_told_in_plain_french_and_tells_nothing_else(browser) -> None:
    page = browser.get(f"{LISTE}/jeunes/{signalement(22)}").text
    assert "À vérifier avant de conclure" in page
    assert "a_verifier" not in page
    assert "À vérifier avant de conclure" not in browser.get(ONE).text


def test_the_form_offers_every_answer_once_under_what_it_does() -> None:
    stays, leaves = GROUPS.values()
    assert sorted([*stays, *leaves, ANNULE]) == sorted(ANSWERS)
    assert set(leaves) == set(BINDING_ANSWERS)


def test_two_clicks_answer(browser, sortie) -> None:
    done = say(browser, "en_formation")
    assert (done.status_code, kept(sortie)) == (303, ["en_formation"])
    (row,) = read_collected(sortie).to_dicts()
    assert (row["date_retour"], row["psad"]) == (date(2027, 3, 20), PSAD)
    page = browser.get(ONE).text
    assert "<strong>En formation</strong>, le 20 mars 2027" in page
    assert "ce jeune ne sera plus sur les listes" in page
    assert [e.acte for e in audit.read_entries(sortie)].count("collecte") == 1


def test_attempts_are_appended_with_their_next_call(browser, sortie) -> None:
    say(browser, "contacte_sans_reponse", date="2027-03-18", rappel="2027-03-22")
    say(browser, "contacte_sans_reponse", date="2027-03-19", rappel="2027-03-24")
    assert kept(sortie) == ["contacte_sans_reponse"] * 2
    page = browser.get(ONE).text
    assert "À rappeler le 24 mars 2027." in page
    assert "18 mars 2027" in page


def test_a_mistake_is_taken_back_and_the_page_says_what_counts_then(browser, sortie) -> None:
    say(browser, "suivi", date="2027-03-17")
    say(browser, "en_formation", date="2027-03-18")
    page = browser.get(ONE).text
    assert "La reprendre : « Suivi », du 17 mars 2027, compte de nouveau." in page
    say(browser, "", "reprendre")
    assert kept(sortie) == ["suivi", "en_formation", "annule"]
    assert "<strong>Suivi</strong>, le 17 mars 2027" in browser.get(ONE).text
    say(browser, "", "reprendre")
    assert "Aucune réponse ne compte." in browser.get(ONE).text
    assert say(browser, "", "reprendre").status_code == 403


def test_a_correction_is_the_mistake_taken_back_and_another_answer(browser, sortie) -> None:
    say(browser, "decede", date="2027-03-19")
    say(browser, "refus", "corriger", date="2027-03-18")
    assert kept(sortie) == ["decede", "annule", "refus"]
    assert "<strong>Refus</strong>, le 18 mars 2027" in browser.get(ONE).text
    assert "<s>Décédé</s>" in browser.get(ONE).text


def test_a_form_sent_twice_or_after_a_colleague_writes_nothing(browser, sortie) -> None:
    shown = browser.get(ONE).text
    data = {"jeton": token_of(shown), "vues": "0", "retour": "suivi", "geste": "ajouter"}
    assert browser.post(ONE, data=data).status_code == 303
    again = browser.post(ONE, data=data)
    assert again.status_code == 409
    assert "arrivée entre-temps" in again.text
    assert kept(sortie) == ["suivi"]
    assert browser.post(ONE, data=data | {"vues": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"retour": ""}, "Choisissez ce qui"),
        ({"retour": "annule"}, "Choisissez ce qui"),
        ({"retour": "licorne"}, "Choisissez ce qui"),
        ({"retour": "suivi", "date": "2027-03-21"}, "date de la réponse"),
        ({"retour": "suivi", "date": "hier"}, "date de la réponse"),
        ({"retour": "suivi", "date": "2020-01-01"}, "date de la réponse"),
        ({"retour": "suivi", "rappel": "2027-03-19"}, "prochain appel"),
        ({"retour": "suivi", "rappel": "demain"}, "prochain appel"),
        ({"retour": "demenage", "destination": PSAD}, "plateforme à qui"),
        ({"retour": "demenage", "destination": "PSAD-999-99"}, "plateforme à qui"),
        ({"retour": "demenage", "destination": "non_affecte"}, "plateforme à qui"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_said(browser, sortie, form, told) -> None:
    page = say(browser, **form)
    assert page.status_code == 403
    assert told in page.text
    assert kept(sortie) == []


def test_a_transfer_goes_to_another_platform_by_its_name(browser, sortie) -> None:
    assert f'<option value="{AUTRE}">Zone {AUTRE}' in browser.get(ONE).text
    say(browser, "demenage", destination=AUTRE)
    assert read_collected(sortie)["psad_destination"].to_list() == [AUTRE]
    assert f"passera sur la liste de la plateforme Zone {AUTRE}" in browser.get(ONE).text


def test_a_wrong_number_stands_last_struck_out_and_no_file_holds_it(browser, sortie) -> None:
    page = browser.get(ONE).text
    (wrong,) = re.findall(r'value="([0-9a-f]{16})"> 06 39 98 00 15', page)
    say(browser, "coordonnees_incorrectes", contact=wrong)
    page = browser.get(ONE).text
    assert "<s>06 39 98 00 15</s>" in page
    assert 'href="tel:0639980015"' not in page
    assert page.index('href="tel:0799000015"') < page.index("<s>06 39 98 00 15</s>")
    (path,) = (sortie / RETOURS).glob("*.parquet")
    assert b"0639980015" not in path.read_bytes()
    assert pl.read_parquet(path)["contacts"].to_list() == [wrong]
    say(browser, "", "reprendre")
    assert 'href="tel:0639980015"' in browser.get(ONE).text


def test_without_saying_which_all_that_the_list_holds_is_wrong(browser) -> None:
    say(browser, "coordonnees_incorrectes")
    page = browser.get(ONE).text
    assert "tel:" not in page
    assert page.count("dit incorrect") == 4


def test_while_a_run_works_nothing_is_lost_and_nobody_waits_for_it(
    browser, sortie, monkeypatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("siei_match.portal.door.patience.time.sleep", waited.append)
    with open_staging(sortie, "2027-10"):
        page = say(browser, "suivi", rappel="2027-03-22")
    assert page.status_code == 503
    assert 'value="2027-03-22"' in page.text
    assert kept(sortie) == []
    assert waited == []


def test_a_command_that_is_about_to_end_is_waited_for(browser, sortie, monkeypatch) -> None:
    command = locked(sortie)
    command.__enter__()
    ends = iter([None, lambda: command.__exit__(None, None, None)])
    monkeypatch.setattr(
        "siei_match.portal.door.patience.time.sleep", lambda _: (next(ends) or (lambda: None))()
    )
    assert say(browser, "suivi").status_code == 303
    assert kept(sortie) == ["suivi"]


def test_the_next_one_is_never_called_yet_then_one_whose_call_is_due(
    browser, sortie, clock
) -> None:
    first, second, third = signalement(15), signalement(16), signalement(17)
    for n in range(1, 34):
        if n not in (15, 16, 17):
            path = f"{LISTE}/jeunes/{signalement(n)}"
            assert say(browser, "suivi", path=path).status_code == 303

    def following(one: str) -> str | None:
        page = browser.get(f"{LISTE}/jeunes/{one}").text
        found = re.search(r'jeunes/(s[0-9a-f]{31})">Jeune suivant', page)
        return found[1] if found else None

    assert {following(first), following(second), following(third)} == {first, second, third}
    say(browser, "contacte_sans_reponse", path=f"{LISTE}/jeunes/{first}")
    say(browser, "rendez_vous", path=f"{LISTE}/jeunes/{second}", rappel="2027-03-22")
    assert following(first) == third
    assert "Passer au suivant" in browser.get(f"{LISTE}/jeunes/{first}").text
    say(browser, "suivi", path=f"{LISTE}/jeunes/{third}")
    assert following(third) is None, "nobody twice in a morning"
    assert "Tout le monde a été appelé" in browser.get(LISTE).text
    clock.pass_by(hours=20)
    browser = sign_in_again(browser)
    assert following(third) == first, "without a day, the next one"
    clock.pass_by(hours=26)
    browser = sign_in_again(browser)
    assert following(first) == second


def sign_in_again(browser):
    sign_in(browser, ACCOUNTS["coordonnateur"][0], PASSWORD)
    return browser


def test_nobody_else_answers(browser, browse, sortie) -> None:
    other = browse("autre")
    data = {"jeton": token_of(other.get("/campagnes").text), "vues": "0", "retour": "suivi"}
    assert other.post(ONE, data=data).status_code == 404
    theirs = ONE.replace(PSAD, AUTRE)
    assert other.post(theirs, data=data).status_code == 404
    nobody = {"vues": "0", "retour": "suivi"}
    assert post(browser, f"{LISTE}/jeunes/s{'f' * 31}", nobody, page=LISTE).status_code == 404
    assert kept(sortie) == []


def test_pages_speak_of_no_code(browser) -> None:
    say(browser, "contacte_sans_reponse")
    for path in ("", "?tab=rappeler", "/appels", f"/jeunes/{signalement(15)}"):
        text = re.sub(r"<[^>]*>", " ", browser.get(LISTE + path).text)
        assert not [code for code in ANSWERS if "_" in code and code in text]
        assert "obligation_formation" not in text
    assert set(LABELS) == set(ANSWERS)
