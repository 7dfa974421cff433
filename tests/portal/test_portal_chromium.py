"""The page as a person uses it: Debian's Chromium, keyboard and screen, wide and narrow, and axe."""

import base64
from datetime import timedelta
from io import BytesIO

import openpyxl
import polars as pl
import pytest

from siei_match.output.memory.answers import read_collected
from siei_match.portal.signin.totp import code_at, step_of
from siei_match.release import read_released, withdraw
from siei_match.review import list_judgements
from siei_match.stages.publish.report.words import CHECKS
from tests.portal.conftest import ACCOUNTS, AUTRE, PASSWORD, PSAD
from tests.portal.windows import NARROW, WIDE, check_page, download, enter, look, tab_to
from tests.publication import IDS
from tests.releases import ACTEUR, MOTIF, TENUES

pytestmark = pytest.mark.slow


def test_a_coordinator_signs_in_reads_downloads_and_answers(visit, page_at, tmp_path) -> None:
    _, sortie = page_at
    page = visit()
    look(page, "connexion")
    enter(page, "coordonnateur")
    look(page, "campagnes")
    page.get_by_role("link", name=f"Zone {PSAD}").first.click()
    look(page, "liste")
    page.get_by_role("link", name="QUEMENER").click()
    look(page, "jeune")
    assert page.get_by_role("link", name="06 39 98 01 23").get_attribute("href") == "tel:0639980123"
    page.get_by_label("Contacté sans réponse").check()
    page.get_by_role("button", name="Enregistrer").click()
    assert "Contacté sans réponse" in page.get_by_role("status").inner_text()
    look(page, "jeune-repondu")
    page.get_by_role("link", name="Toute la liste").click()
    workbook = download(page, "Classeur (xlsx)")
    sheet = openpyxl.load_workbook(BytesIO(workbook)).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, heads.index("code_postal") + 1).value == "01500"
    text = download(page, "Texte").decode("utf-8-sig")
    assert '"01500"' in text
    assert pl.read_parquet(BytesIO(download(page, "Données"))).height == 1
    book = openpyxl.load_workbook(BytesIO(workbook))
    book.worksheets[0].cell(2, heads.index("retour") + 1, "en_emploi")
    filled = tmp_path / "rempli.xlsx"
    book.save(filled)
    page.get_by_role("link", name="Répondre", exact=True).click()
    look(page, "reponses")
    page.get_by_label("Fichier").set_input_files(filled)
    page.get_by_role("button", name="Voir ce qui a été compris").click()
    look(page, "apercu")
    fields = {
        name: page.locator(f'main input[name="{name}"]').input_value()
        for name in ("jeton", "depot")
    }
    page.get_by_role("button", name="Enregistrer 1 réponse").click()
    look(page, "enregistrees")
    assert read_collected(sortie)["retour"].to_list() == ["contacte_sans_reponse", "en_emploi"]
    # The same form replayed, with the same cookies.
    again = page.context.request.post(page.url, form=fields)
    assert again.status == 403
    assert "attend plus" in again.text()
    assert read_collected(sortie).height == 2


def test_by_the_provider_in_and_out(visit, provider) -> None:
    page = visit()
    page.get_by_role("link", name="S'identifier").click()
    assert page.title() == "Fournisseur"
    page.get_by_role("link", name="Continuer").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Mes listes"
    page.get_by_role("button", name="Se déconnecter").click()
    assert page.url.endswith("/connexion")
    assert provider.left, "the provider was told"
    page.go_back()
    assert page.get_by_role("heading", level=1).inner_text() == "Connexion"


def test_an_administrator_releases_with_a_reason(visit, page_at) -> None:
    _, sortie = page_at
    withdraw(sortie, "2027-03", actor=ACTEUR)
    page = visit()
    enter(page, "administrateur")
    page.get_by_role("link", name="mars 2027").click()
    for nom in TENUES[:-1]:
        page.get_by_label(f"Passer outre « {CHECKS[nom]} »").fill(MOTIF)
    page.get_by_label("Je publie ces listes").check()
    page.get_by_role("button", name="Publier").click()
    assert "un contrôle la bloque" in page.get_by_role("alert").inner_text()
    look(page, "publication")
    assert page.get_by_label("Passer outre « Lignes refusées »").input_value() == MOTIF, (
        "nothing typed is lost"
    )
    page.get_by_label(f"Passer outre « {CHECKS[TENUES[-1]]} »").fill(MOTIF)
    page.get_by_label("Je publie ces listes").check()
    page.get_by_role("button", name="Publier").click()
    assert read_released(sortie, "2027-03").par == ACCOUNTS["administrateur"][0]
    for name in ("Comptes", "Plateformes", "Journal"):
        page.get_by_role("link", name=name, exact=True).click()
        look(page, name.lower())


def test_a_clerk_reviews_a_pair(visit, page_at, pairs_in_doubt) -> None:
    page = visit()
    enter(page, "relecteur")
    page.get_by_role("link", name="Relire").click()
    look(page, "paire")
    page.get_by_label("Je ne sais pas").check()
    page.get_by_role("button", name="Enregistrer et continuer").click()
    assert "Plus rien n'attend" in page.get_by_role("status").inner_text()
    assert list_judgements(page_at[1])["etat"].to_list() == ["ne_sait_pas"]


def test_what_is_refused(visit, page_at, hours) -> None:
    url, _ = page_at
    page = visit()
    enter(page, "coordonnateur")
    for path in (f"/campagnes/2027-03/{AUTRE}/liste.csv", f"/campagnes/2027-03/{AUTRE}",
                 "/administration", "/relecture"):  # fmt: skip
        assert page.goto(url + path).status == 404
    look(page, "refus")
    # A forged session, and one that has ended.
    other = visit()
    other.context.add_cookies([{"name": "siei", "value": "A" * 43, "url": url}])
    other.goto(f"{url}/campagnes")
    assert other.get_by_role("heading", level=1).inner_text() == "Connexion"
    page.goto(f"{url}/campagnes")
    hours.moved += timedelta(minutes=31)
    page.get_by_role("button", name="Se déconnecter").click()
    assert "session est terminée" in page.get_by_role("alert").inner_text()
    page.goto(f"{url}/campagnes")
    assert "Connectez-vous" in page.get_by_role("status").inner_text()


PLACES = {
    None: ("/connexion", "/accessibilite", "/inconnue"),
    "coordonnateur": (
        "/campagnes", f"/campagnes/2027-03/{PSAD}", f"/campagnes/2027-03/{PSAD}/appels",
        f"/campagnes/2027-03/{PSAD}/jeunes/s{IDS[0][1:]}", f"/campagnes/2027-03/{PSAD}?tab=partis", "/reponses", "/mot-de-passe",
        "/second-facteur", f"/campagnes/2027-03/{AUTRE}",
    ),
    "relecteur": ("/relecture", "/relecture/2027-03"),
    "administrateur": (
        "/administration", "/administration/campagnes/2027-03", "/administration/comptes",
        "/administration/comptes/1", "/administration/plateformes", "/administration/audit",
        "/administration/demandes", "/administration/revue",
    ),
}  # fmt: skip


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_and_nothing_overflows(visit, page_at, pairs_in_doubt, size) -> None:
    for role, paths in PLACES.items():
        page = visit(size)
        if role is not None:
            enter(page, role)
        for path in paths:
            page.goto(page_at[0] + path)
            look(page, f"axe{path.replace('/', '-')}")
            check_page(page, path)


def test_by_the_keyboard_alone(visit) -> None:
    page = visit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"

    tab_to(page, "#courriel")
    page.keyboard.type(ACCOUNTS["coordonnateur"][0])
    tab_to(page, "#mot_de_passe")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/campagnes")
    tab_to(page, ".carte a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/campagnes/2027-03/*")
    tab_to(page, 'a[href$="liste.xlsx"]')
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == f"liste-2027-03-{PSAD}.xlsx"


def test_a_second_factor_is_put_in_place_and_asked_for(visit, hours) -> None:
    page = visit(NARROW)
    enter(page, "administrateur")
    page.get_by_role("link", name="Second facteur").click()
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Obtenir une clé").click()
    look(page, "second-cle")
    secret = "".join(page.locator("main code").inner_text().split())
    address = page.get_by_role("link", name="ouvrir l'application").get_attribute("href")
    assert f"secret={secret}&" in address

    def code() -> str:
        return code_at(base64.b32decode(secret), step_of(hours()))

    page.get_by_label("Code que montre l'application").fill(code())
    page.get_by_role("button", name="Mettre en place").click()
    look(page, "second-secours")
    spares = page.locator("main code").all_inner_texts()
    assert len(spares) == 10
    page.get_by_role("button", name="Se déconnecter").click()
    for given in (code(), spares[0]):
        enter(page, "administrateur")
        page.get_by_label("Code").fill(given)
        page.get_by_role("button", name="Continuer").click()
        look(page, "second-code")
        if given != spares[0]:
            assert "Ce code est refusé" in page.get_by_role("alert").inner_text(), "it is spent"
            page.get_by_role("link", name="Recommencer").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Campagnes"


def test_without_script(chromium, page_at) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(page_at[0])
    enter(page, "coordonnateur")
    assert page.get_by_role("heading", level=1).inner_text() == "Mes listes"
    context.close()
