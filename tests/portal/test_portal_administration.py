"""Administrators release, take back, open and close accounts, read the log; never a list."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from siei_match.collect import SingleAnswer, append_answers
from siei_match.output import audit, open_staging
from siei_match.output.audit import Actor
from siei_match.portal.signin.accounts import create_account, find_account, set_rights
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
    assert post(admin, f"{PAGE}/retirer", OUI, PAGE).headers["location"] == f"{PAGE}?fait=retirer"
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
    assert post(admin, page, rights).headers["location"] == f"{page}?fait=droits"
    assert "Les droits sont enregistrés." in admin.get(f"{page}?fait=droits").text
    assert newcomer.get("/campagnes").status_code == 404
    compte = find_account(portail.base, id=compte.id)
    assert (compte.roles, compte.psads) == ({"relecteur"}, frozenset())
    assert "Premier mot de passe" in post(admin, page, {"geste": "mot_de_passe"}).text
    assert newcomer.get("/mot-de-passe").status_code == 303, "its sessions have ended"
    assert post(admin, page, {"geste": "fermer"}).status_code == 403, "closing asks"
    assert post(admin, page, {"geste": "fermer", "confirme": "oui"}).status_code == 303
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


# Many platforms, many accounts


def open_many(portail, hashed, monkeypatch, n: int = 120) -> None:
    monkeypatch.setattr("siei_match.portal.signin.accounts.hash_password", lambda password: hashed)
    for k in range(n):
        role = "coordonnateur" if k % 2 else "relecteur"
        create_account(
            portail.base, f"p{k}@exemple.invalid", f"Prénom{k} Éveil", [role], [], local=False
        )


def test_accounts_are_searched_filtered_and_cut_in_pages(
    admin, portail, hashed, monkeypatch
) -> None:
    open_many(portail, hashed, monkeypatch)
    comptes = "/administration/comptes"
    first = admin.get(comptes).text
    assert "Page 1 sur 3" in first
    assert first.count("@exemple.invalid</td>") == 50
    only = admin.get(f"{comptes}?role=relecteur&etat=ouvert").text
    assert "Page 1 sur 2" in only
    assert "role=relecteur&amp;etat=ouvert&amp;page=2" in only
    found = post(admin, f"{comptes}/chercher", {"recherche": "eveil prenom77"}, page=comptes).text
    assert found.count("@exemple.invalid</td>") == 1
    assert "p77@exemple.invalid" in found
    assert "1 compte<" in admin.get(f"{comptes}?psad={PSAD}&role=coordonnateur").text


def send_accounts(admin, text: str, **more: str):
    jeton = token_of(admin.get("/administration/comptes").text)
    files = {"fichier": ("comptes.csv", text.encode())}
    return admin.post(
        "/administration/comptes/importer", data={"jeton": jeton, **more}, files=files
    )


HEADING = "courriel;nom;roles;plateformes\n"


def test_accounts_of_a_file_are_opened_all_or_none(admin, browse, portail, sortie) -> None:
    good = f"un@exemple.invalid;Ana Un;coordonnateur;{PSAD}\n"
    wrong = "pas une adresse;;licorne;PSAD-999-99\n"
    sent = send_accounts(admin, HEADING + good + wrong)
    assert sent.status_code == 403
    for said in ("ligne 3", "adresse électronique illisible", "nom absent", "plateforme inconnue"):
        assert said in sent.text
    assert find_account(portail.base, courriel="un@exemple.invalid") is None
    twice = send_accounts(admin, HEADING + good + good)
    assert "adresse écrite deux fois" in twice.text
    known = "admin@exemple.invalid;Moi;coordonnateur;" + PSAD + "\n"
    done = send_accounts(admin, HEADING + good + known, local="oui")
    assert "1 compte ouvert. 1 adresse avait déjà un compte" in done.text
    made = find_account(portail.base, courriel="un@exemple.invalid")
    assert made
    assert (made.roles, made.psads) == (frozenset({"coordonnateur"}), frozenset({PSAD}))
    # Nobody gets a list by naming themselves in a file.
    own = find_account(portail.base, courriel="admin@exemple.invalid")
    assert own
    assert own.psads == frozenset()
    first = re.search(
        r"<code>([^<]+)</code>", done.text.partition("premier mot de passe")[0] or done.text
    )
    assert first
    assert sign_in(browse(), "un@exemple.invalid", first[1]).headers["location"] == "/mot-de-passe"
    noted = [entry.details.get("geste") for entry in audit.read_entries(sortie)]
    assert noted[-3:] == ["import", "creation", None], "the file, each account, then a sign-in"
    for odd in ("rien", "", "a;b\n1;2\n", HEADING.replace("nom", "prenom")):
        assert send_accounts(admin, odd).status_code == 403, odd


def test_nobody_gives_themselves_a_list(admin, accounts, portail) -> None:
    page = f"/administration/comptes/{accounts['administrateur']}"
    for data in (
        {"geste": "droits", "role": ["administrateur"], "psad": PSAD},
        {"geste": "droits", "role": ["administrateur", "coordonnateur"], "psad": ""},
    ):
        refused = post(admin, page, data)
        assert refused.status_code == 403
        assert "un autre administrateur le fait" in refused.text
    own = find_account(portail.base, id=accounts["administrateur"])
    assert own
    assert (own.roles, own.psads) == (frozenset({"administrateur"}), frozenset())


def test_who_has_not_opened_its_list_is_seen(admin, browse) -> None:
    page = "/administration/plateformes"
    assert PSAD in admin.get(f"{page}?etat=pas_ouverte").text
    browse("coordonnateur").get(f"/campagnes/2027-03/{PSAD}")
    assert f'<th scope="row">{PSAD}</th>' not in admin.get(f"{page}?etat=pas_ouverte").text
    assert "le 20 mars 2027" in admin.get(f"{page}?q={PSAD}").text
    assert "0 plateforme<" in admin.get(f"{page}?q=licorne").text


def test_who_answered_by_another_way_is_not_told_as_waiting(admin, sortie, portail) -> None:
    one = portail.reader.all_listed("2027-03").filter(psad=PSAD)["id_signalement"][0]
    who = Actor("agent", datetime(2027, 3, 19, 9, tzinfo=UTC))
    said = [SingleAnswer(one, "suivi", date(2027, 3, 19))]
    assert append_answers(sortie, said, PSAD, who, seen=0)
    page = "/administration/plateformes"
    assert f'<th scope="row">{PSAD}</th>' not in admin.get(f"{page}?etat=pas_ouverte").text
    assert "réponses reçues" in admin.get(f"{page}?q={PSAD}").text


def test_an_account_of_many_platforms_takes_one_line(admin, portail, accounts) -> None:
    account = find_account(portail.base, id=accounts["region"])
    assert account
    set_rights(portail.base, account, ["region"], [f"X-{n}" for n in range(10)])
    assert "10 plateformes</td>" in admin.get("/administration/comptes").text


def test_the_log_is_filtered_told_in_local_time_and_sent_as_a_file(
    admin, accounts, browse, clock, sortie
) -> None:
    browse("coordonnateur").get(f"/campagnes/2027-03/{PSAD}/liste.csv")
    page = "/administration/audit"
    mine = admin.get(f"{page}?acte=acces&compte={accounts['coordonnateur']}").text
    assert "1 écriture," in mine
    # Nine o'clock UTC in March is ten in Paris.
    assert "20/03/2027 10:00" in mine
    assert "campagne 2027-03, format csv" in mine
    assert "0 écriture," in admin.get(f"{page}?acte=acces&du=2027-03-21").text
    assert "0 écriture," in admin.get(f"{page}?acte=acces&au=2027-03-19").text
    assert "Chaîne relue" in admin.get(f"{page}?acte=licorne&compte=x&du=hier").text
    file = admin.get(f"{page}.csv?acte=acces")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "numero;jour;heure;qui;acte;details;fichiers"
    assert len(lines) == 2
    assert ";20/03/2027;10:00;coord@exemple.invalid;Consultation d'une liste;" in lines[1]
    assert audit.read_entries(sortie)[-1].details == {"quoi": "journal", "lignes": 1}
