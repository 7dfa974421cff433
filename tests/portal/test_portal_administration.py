"""Administrators release, take back, open and close accounts, read the log; never a list."""

import re
from pathlib import Path

import pytest

from siei_match.output import audit, open_staging
from siei_match.portal.signin.accounts import find_account
from siei_match.reference.errors import OutputError
from siei_match.release import read_released
from tests.portal.conftest import ACCOUNTS, PASSWORD, PSAD, post, sign_in, token_of
from tests.publication import PERSONNELS
from tests.releases import MOTIF, TENUES

CODE = "2027-03"
PAGE = f"/administration/campagnes/{CODE}"
OUI = {"confirme": "oui"}
MOTIFS = {f"motif_{nom}": MOTIF for nom in TENUES}
COMPTES = "/administration/comptes"


@pytest.fixture
def admin(browse):
    return browse("administrateur")


def test_a_campaign_goes_through_its_states(admin, browse, sortie) -> None:
    coordinator = browse("coordonnateur")
    assert "publiée" in admin.get("/administration").text
    assert post(admin, f"{PAGE}/retirer", OUI, PAGE).headers["location"] == PAGE
    assert coordinator.get(f"/campagnes/{CODE}/{PSAD}").status_code == 404
    held = post(admin, f"{PAGE}/publier", OUI, PAGE)
    assert held.status_code == 403
    assert "un contrôle la bloque" in held.text
    assert read_released(sortie, CODE) is None
    assert post(admin, f"{PAGE}/publier", OUI | MOTIFS, PAGE).status_code == 303
    assert MOTIF in admin.get(PAGE).text.replace("&#39;", "'")
    assert coordinator.get(f"/campagnes/{CODE}/{PSAD}").status_code == 200
    assert post(admin, f"{PAGE}/archiver", OUI, PAGE).status_code == 303
    assert post(admin, f"{PAGE}/publier", OUI | MOTIFS, PAGE).status_code == 403
    acts = [
        (e.acte, e.par)
        for e in audit.read_entries(sortie)
        if e.acte not in ("connexion", "consultation", "acces")
    ][2:]
    assert acts == [
        (acte, ACCOUNTS["administrateur"][0])
        for acte in ("retrait", "release", "release", "archivage")
    ]


def test_what_a_correction_changed_is_shown(admin, sortie) -> None:
    etat = sortie / "publiees" / CODE / "etat.json"
    told = "entrées 3 (en_formation scolarite 3), sorties 0, changements de plateforme 0"
    assert "en a remplacé une autre" not in admin.get(PAGE).text
    etat.write_text(etat.read_text("utf-8").replace('"correction": ""', f'"correction": "{told}"'))
    page = admin.get(PAGE).text
    assert f"Cette publication en a remplacé une autre : {told}." in page
    assert ">Ce que change une correction</th>" in page


def test_a_campaign_to_be_run_again_is_marked(admin, monkeypatch) -> None:
    found = "siei_match.portal.administration.campaigns.find_stale"
    assert "à exécuter de nouveau" not in admin.get("/administration").text
    monkeypatch.setattr(found, lambda sortie: {CODE: ("2026-03",)})
    assert admin.get("/administration").text.count("à exécuter de nouveau") == 1

    def damaged(sortie: Path) -> dict[str, tuple[str, ...]]:
        raise OutputError("damaged", remedy="restore")

    # The page of the damaged campaign says so; this one still leads there.
    monkeypatch.setattr(found, damaged)
    assert admin.get("/administration").status_code == 200


def test_an_act_is_confirmed(admin, sortie) -> None:
    for acte in ("publier", "retirer", "archiver"):
        answer = post(admin, f"{PAGE}/{acte}", MOTIFS, PAGE)
        assert answer.status_code == 403
        assert "confirmation" in answer.text
    assert read_released(sortie, CODE).etat == "publiee"


def test_a_run_at_work_is_waited_for(admin, sortie) -> None:
    with open_staging(sortie, "2027-09"):
        answer = post(admin, f"{PAGE}/retirer", OUI, PAGE)
    assert answer.status_code == 503
    assert "Rien n" in answer.text
    assert read_released(sortie, CODE).etat == "publiee"


def test_a_campaign_that_is_not_there(admin) -> None:
    assert admin.get("/administration/campagnes/2031-01").status_code == 404
    answer = post(admin, "/administration/campagnes/2031-01/publier", OUI, PAGE)
    assert answer.status_code == 404


def test_an_administrator_sees_no_list(admin, portail) -> None:
    for path in ("/administration", PAGE, COMPTES, "/administration/plateformes",
                 "/administration/audit"):  # fmt: skip
        text = admin.get(path).text
        assert not [value for value in PERSONNELS if value in text], path
    assert admin.get(f"/campagnes/{CODE}/{PSAD}/liste.csv").status_code == 404


def test_an_account_is_opened_used_changed_and_closed(admin, browse, portail) -> None:
    data = {
        "courriel": "neuve@exemple.invalid", "nom": "Neuve <b>", "role": ["coordonnateur"],
        "psad": PSAD, "local": "oui",
    }  # fmt: skip
    made = post(admin, COMPTES, data)
    assert made.status_code == 200
    assert "Neuve &lt;b&gt;" in made.text
    first = re.search(r"<code>([\w-]{16})</code>", made.text).group(1)
    newcomer = browse()
    assert sign_in(newcomer, data["courriel"], first).headers["location"] == "/mot-de-passe"
    change = {"ancien": first, "nouveau": PASSWORD, "confirmation": PASSWORD}
    assert post(newcomer, "/mot-de-passe", change).headers["location"] == "/campagnes"
    compte = find_account(portail.base, courriel=data["courriel"])
    page = f"{COMPTES}/{compte.id}"
    assert first not in admin.get(page).text
    rights = {"geste": "droits", "role": ["relecteur"], "psad": ""}
    assert post(admin, page, rights).headers["location"] == page
    assert newcomer.get("/campagnes").status_code == 404
    compte = find_account(portail.base, id=compte.id)
    assert (compte.roles, compte.psads) == ({"relecteur"}, frozenset())
    assert "Premier mot de passe" in post(admin, page, {"geste": "mot_de_passe"}).text
    assert newcomer.get("/mot-de-passe").status_code == 303, "its sessions have ended"
    assert post(admin, page, {"geste": "fermer"}).status_code == 303
    assert not find_account(portail.base, id=compte.id).active
    assert post(admin, page, {"geste": "ouvrir"}).status_code == 303
    assert find_account(portail.base, id=compte.id).active


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"psad": "PSAD-999-99"}, "inconnu"),
        ({"courriel": "rien"}, "adresse"),
        ({"role": ["roi"]}, "rôle"),
        ({"courriel": ACCOUNTS["autre"][0]}, "déjà"),
    ],
)
def test_what_makes_no_sense_is_told_and_kept_in_the_form(admin, portail, changed, said) -> None:
    data = {"courriel": "n@exemple.invalid", "nom": "Nom", "role": ["relecteur"], "psad": ""}
    answer = post(admin, COMPTES, data | changed)
    assert answer.status_code == 403
    assert said in answer.text
    assert 'value="Nom"' in answer.text
    assert find_account(portail.base, courriel="n@exemple.invalid") is None


def test_administrators_do_not_shut_themselves_out(admin, accounts, portail) -> None:
    page = f"{COMPTES}/{accounts['administrateur']}"
    for data in ({"geste": "fermer"}, {"geste": "droits", "role": ["relecteur"], "psad": ""}):
        assert post(admin, page, data).status_code == 403
    assert admin.get(page).status_code == 200
    assert post(admin, page, {"geste": "autre"}).status_code == 404
    assert admin.get(f"{COMPTES}/9999").status_code == 404


def test_platforms_without_anybody_are_seen(admin) -> None:
    text = admin.get("/administration/plateformes").text
    assert "1 plateforme sans coordonnateur" in text
    assert "Jeunes sans plateforme" in text


def test_the_log_says_who_did_what_and_whether_it_is_whole(admin, sortie) -> None:
    page = admin.get("/administration/audit")
    assert "est entière" in page.text
    assert "a.martin" in page.text
    log = sortie / "memoire" / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b"a.martin", b"z.martin", 1))
    assert "altéré" in admin.get("/administration/audit").text


def test_a_form_sent_twice_does_it_once(admin, sortie) -> None:
    jeton = token_of(admin.get(PAGE).text)
    sent = [admin.post(f"{PAGE}/retirer", data={"jeton": jeton, **OUI}) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 403]
