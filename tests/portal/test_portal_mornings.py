"""Mornings: a coordinator at work, two at once, a region, a clerk, an administrator; wide, narrow, keyboard."""

import re
from pathlib import Path

import pytest

from siei_match.output.memory.answers import read_collected
from siei_match.review import list_judgements
from tests.portal.conftest import AUTRE
from tests.portal.many import CODE, PSAD, signalement
from tests.portal.windows import LAPTOP, PHONE, check_page, enter, look, tab_to

pytestmark = pytest.mark.slow

LISTE = f"/campagnes/{CODE}/{PSAD}"


@pytest.fixture(scope="session")
def released(released_many: Path) -> Path:
    return released_many


def rows_of(page) -> int:
    return page.locator(".jeunes tbody tr").count()


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_a_morning_of_a_coordinator(visit, page_at, size) -> None:
    sortie = page_at[1]
    page = visit(size)
    enter(page, "coordonnateur")
    page.locator(".carte a").first.click()
    assert "33 jeunes à contacter, dont 11 mineurs" in page.locator(".phrase").inner_text()
    look(page, "matin-liste")
    page.get_by_text("Ne montrer que les mineurs").click()
    page.get_by_label("Mineurs").check()
    page.get_by_role("button", name="Filtrer").click()
    assert rows_of(page) == 11
    first = page.locator(".jeunes tbody th a").first
    name = first.inner_text()
    first.click()
    # Call: the number is a link that a phone dials.
    assert page.locator('a[href^="tel:"]').first.is_visible()
    page.get_by_role("button", name="Je m'en occupe").click()
    assert "Vous vous en occupez." in page.locator("#reponse").inner_text()
    # A mistake, put right at once, with a note.
    page.locator('input[value="en_formation"]').check()
    page.get_by_role("button", name="Enregistrer").click()
    assert "ne sera plus sur les listes" in page.get_by_role("status").inner_text()
    page.locator('input[value="rendez_vous"]').check()
    page.get_by_label("Note").fill("Rendez-vous avec sa mère")
    page.get_by_role("button", name="Corriger la dernière réponse").click()
    assert "Rendez-vous avec sa mère" in page.locator("#reponse").inner_text()
    look(page, "matin-jeune")
    # Hand somebody else over.
    page.get_by_role("link", name="Passer au suivant").click()
    page.locator('input[value="demenage"]').check()
    page.get_by_label("Transmettre à une autre plateforme").select_option(AUTRE)
    page.get_by_role("button", name="Enregistrer").click()
    assert "passera sur la liste de la plateforme" in page.get_by_role("status").inner_text()
    said = read_collected(sortie)["retour"].to_list()
    assert said == ["en_formation", "annule", "rendez_vous", "demenage"]
    # Print what is left, and take it away.
    page.get_by_role("link", name="Toute la liste").click()
    page.get_by_role("link", name="Feuille d'appels à imprimer").click()
    assert page.locator(".appels tbody tr").count() == 31
    assert name not in page.locator(".appels").inner_text()
    sheet = page.pdf(format="A4", prefer_css_page_size=True)
    assert 3 <= sheet.count(b"/Type /Page\n") + sheet.count(b"/Type /Page ") <= 4
    page.go_back()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Classeur (xlsx)").click()
    assert waiting.value.suggested_filename == f"liste-{CODE}-{PSAD}.xlsx"
    page.goto(f"{page_at[0]}{LISTE}?tab=traites")
    assert rows_of(page) == 2
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_two_coordinators_at_once(visit, page_at, hours) -> None:
    one, two = visit(LAPTOP), visit(LAPTOP)
    enter(one, "coordonnateur")
    enter(two, "coordonnateur")
    where = f"{page_at[0]}{LISTE}/jeunes/{signalement(15)}"
    one.goto(where)
    two.goto(where)
    one.locator('input[value="suivi"]').check()
    one.get_by_role("button", name="Enregistrer").click()
    two.locator('input[value="refus"]').check()
    two.get_by_role("button", name="Enregistrer").click()
    assert "Une autre réponse est arrivée" in two.get_by_role("alert").inner_text()
    assert read_collected(page_at[1])["retour"].to_list() == ["suivi"]
    # What was typed is still there, and is sent again knowingly.
    assert two.locator('input[value="refus"]').is_checked()
    two.get_by_role("button", name="Enregistrer").click()
    assert read_collected(page_at[1])["retour"].to_list() == ["suivi", "refus"]
    one.reload()
    assert "Refus" in one.locator("#reponse").inner_text()


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_a_region_a_clerk_and_an_administrator(visit, page_at, pairs_in_doubt, size) -> None:
    url, sortie = page_at
    region = visit(size)
    enter(region, "region")
    assert region.get_by_role("heading", level=1).inner_text() == "Avancement des plateformes"
    look(region, "matin-region")
    with region.expect_download() as waiting:
        region.get_by_role("link", name="Ces chiffres en fichier").first.click()
    assert waiting.value.suggested_filename.startswith("avancement-")
    assert region.goto(f"{url}{LISTE}").status == 404
    clerk = visit(size)
    enter(clerk, "relecteur")
    clerk.get_by_role("link", name="Relire").click()
    assert "Maëlys" in clerk.locator(".cote").inner_text()
    look(clerk, "matin-paire")
    clerk.get_by_label("C'est la même personne").check()
    clerk.get_by_role("button", name="Enregistrer et continuer").click()
    clerk.get_by_role("button", name=re.compile("Reprendre")).click()
    assert list_judgements(sortie)["etat"].to_list() == ["retiree"]
    admin = visit(size)
    enter(admin, "administrateur")
    admin.get_by_role("link", name="Comptes", exact=True).click()
    admin.get_by_label("Chercher un nom ou une adresse").fill("coord")
    admin.get_by_role("button", name="Chercher").click()
    admin.get_by_role("link", name="coordonnateur", exact=True).click()
    admin.get_by_role("button", name="Fermer le compte").click()
    assert admin.get_by_label("Fermer ce compte").evaluate("e => e.validity.valueMissing")
    admin.get_by_label("Fermer ce compte").check()
    admin.get_by_role("button", name="Fermer le compte").click()
    assert "est fermé" in admin.get_by_role("status").inner_text()
    admin.get_by_role("link", name="Journal", exact=True).click()
    admin.get_by_label("Acte").select_option("compte")
    admin.get_by_role("button", name="Filtrer").click()
    look(admin, "matin-journal")
    assert admin.locator("tbody tr").count() == 1


PLACES = {
    "coordonnateur": ("/campagnes", LISTE, f"{LISTE}/jeunes/{signalement(15)}", f"{LISTE}?miens=1"),
    "region": ("/avancement",),
    "relecteur": ("/relecture", f"/relecture/{CODE}"),
    "administrateur": (
        "/administration/comptes", "/administration/comptes/2", "/administration/comptes?role=region",
        "/administration/plateformes?etat=pas_ouverte", "/administration/audit?acte=connexion",
    ),
}  # fmt: skip


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing_on_the_new_pages(visit, page_at, pairs_in_doubt, size) -> None:
    for role, paths in PLACES.items():
        page = visit(size)
        enter(page, role)
        for path in paths:
            page.goto(page_at[0] + path)
            check_page(page, path)


def test_an_answer_with_its_note_by_the_keyboard_alone(visit, page_at) -> None:
    page = visit(LAPTOP)
    enter(page, "coordonnateur")
    page.goto(f"{page_at[0]}{LISTE}/jeunes/{signalement(15)}")

    tab_to(page, 'input[name="retour"]')
    # The first choice, then the next one: arrows choose among radio buttons.
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#note")
    page.keyboard.type("rappeler")
    tab_to(page, 'button[value="ajouter"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**fait=ajouter**")
    (row,) = read_collected(page_at[1]).to_dicts()
    assert row["retour"] == "rendez_vous"
    assert row["note"]
    assert "rappeler" in page.locator("#reponse").inner_text()
