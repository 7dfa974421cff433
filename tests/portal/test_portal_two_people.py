"""Two people on the page: a release, a lifted gate, a new administrator."""

import html
import re

import pytest

from siei_match.cli import main
from siei_match.output import audit
from siei_match.portal.administration.likeness import mailbox
from siei_match.portal.base import open_base
from siei_match.portal.signin.accounts import (
    change_password,
    create_account,
    find_account,
    set_rights,
)
from siei_match.release import read_released, withdraw
from tests.deliveries import KEY
from tests.portal.conftest import ACCOUNTS, PASSWORD, PSAD, post, sign_in, token_of
from tests.releases import ACTEUR, MOTIF, TENUES

CODE = "2027-03"
PAGE = f"/administration/campagnes/{CODE}"
DEMANDES = "/administration/demandes"
OUI = {"confirme": "oui"} | {f"motif_{nom}": MOTIF for nom in TENUES}
SECOND = "second@exemple.invalid"
COMPTES = "/administration/comptes"


@pytest.fixture
def two(portail):
    """Two people for everything that the setting knows."""
    every = frozenset({"publier", "lever", "administrateur"})
    object.__setattr__(portail, "gates", portail.gates.model_copy(update={"deux_personnes": every}))
    return portail


@pytest.fixture
def another(two, browse):
    """Give the browser of another administrator, of this address and name."""

    def open_browser(courriel: str = SECOND, nom: str = "Une autre personne"):
        account = find_account(two.base, courriel=courriel)
        if account is None:
            account, _ = create_account(two.base, courriel, nom, ["administrateur"], [], local=True)
            change_password(two.base, account, PASSWORD)
        browser = browse()
        assert sign_in(browser, courriel, PASSWORD).status_code == 303
        return browser

    return open_browser


@pytest.fixture
def asked(two, browse, sortie) -> str:
    """A release that the first administrator asked for; its name."""
    withdraw(sortie, CODE, actor=ACTEUR)
    admin = browse("administrateur")
    assert "Une seconde personne devra confirmer" in admin.get(PAGE).text
    assert post(admin, f"{PAGE}/publier", OUI, PAGE).status_code == 303
    assert read_released(sortie, CODE) is None
    assert "a été demandée par admin@exemple.invalid" in admin.get(PAGE).text
    return re.search(r'name="demande" value="(\w{8})"', admin.get(DEMANDES).text)[1]


def answer(browser, name: str, step: str = "confirmer"):
    return post(browser, DEMANDES, {"geste": step, "demande": name})


def test_one_asks_another_confirms(asked, another, browse, sortie) -> None:
    page = another().get(DEMANDES).text
    assert MOTIF in page.replace("&#39;", "'")
    assert answer(another(), asked).headers["location"] == DEMANDES
    released = read_released(sortie, CODE)
    assert (released.par, released.demandee_par) == (SECOND, ACCOUNTS["administrateur"][0])
    assert "à la demande de admin@exemple.invalid" in another().get(PAGE).text
    told = [(e.acte, e.par) for e in audit.read_entries(sortie) if "demande" in e.details]
    assert told == [("demande", ACCOUNTS["administrateur"][0]), ("release", SECOND)]
    assert answer(another(), asked).status_code == 403, "once"


def test_who_asked_sees_no_button_and_their_form_is_refused(asked, browse, sortie) -> None:
    admin = browse("administrateur")
    page = admin.get(DEMANDES).text
    assert "Confirmer la demande" not in page
    assert "Écarter la demande" in page
    assert answer(admin, asked).status_code == 403
    assert read_released(sortie, CODE) is None
    assert audit.read_entries(sortie)[-1].acte == "confirmation"


@pytest.mark.parametrize(
    ("courriel", "nom"),
    [
        ("admin+2@exemple.invalid", "Encore une autre"),
        ("ADMIN@exemple.invalid", "Administrateur"),
        ("a.martin@autre.invalid", " Administrateur "),
    ],
    ids=["the same box", "the same address", "the same name"],
)
def test_the_same_human_s_other_account_confirms_nothing(
    asked, another, sortie, courriel, nom
) -> None:
    assert answer(another(courriel, nom), asked).status_code == 403
    assert read_released(sortie, CODE) is None
    assert answer(another(), asked).status_code == 303


def test_an_account_that_the_asker_took_confirms_nothing_for_a_week(
    two, another, browse, sortie, clock
) -> None:
    """The attack: reset a colleague's password, come as them, confirm one's own request."""
    withdraw(sortie, CODE, actor=ACTEUR)
    another()
    target = find_account(two.base, courriel=SECOND)
    admin = browse("administrateur")
    post(admin, f"{COMPTES}/{target.id}", {"geste": "mot_de_passe"})
    change_password(two.base, target, PASSWORD)
    third = another("trois@exemple.invalid", "Trois")
    # Through a third account too: theirs reset by the one that was taken.
    three = find_account(two.base, courriel="trois@exemple.invalid")
    post(another(), f"{COMPTES}/{three.id}", {"geste": "mot_de_passe"})
    change_password(two.base, three, PASSWORD)
    post(admin, f"{PAGE}/publier", OUI, PAGE)
    name = re.search(r'value="(\w{8})"', another().get(DEMANDES).text)[1]
    third = another("trois@exemple.invalid")
    assert [answer(one, name).status_code for one in (another(), third)] == [403, 403]
    assert answer(another("quatre@exemple.invalid", "Quatre"), name, "refuser").status_code == 303
    clock.pass_by(days=8)
    post(browse("administrateur"), f"{PAGE}/publier", OUI, PAGE)
    name = re.search(r'value="(\w{8})"', another().get(DEMANDES).text)[1]
    assert answer(another(), name).status_code == 303


def test_what_nobody_confirms_is_void(asked, another, clock, sortie) -> None:
    clock.pass_by(hours=73)
    browser = another()
    assert "Rien n&#39;attend" in browser.get(DEMANDES).text or "Rien n'attend" in browser.get(DEMANDES).text  # fmt: skip
    jeton = browser.get(DEMANDES)
    assert jeton.status_code == 200
    assert post(browser, DEMANDES, {"geste": "confirmer", "demande": asked}).status_code == 403
    assert read_released(sortie, CODE) is None


def test_it_is_put_aside(asked, another, browse, sortie) -> None:
    assert answer(browse("administrateur"), asked, "refuser").status_code == 303
    assert answer(another(), asked).status_code == 403
    assert answer(another(), asked, "autre").status_code == 404
    assert audit.read_entries(sortie)[-1].acte in ("demande_refusee", "consultation", "connexion")
    assert read_released(sortie, CODE) is None


def test_a_new_administrator_is_confirmed_by_another(
    two, another, browse, accounts, sortie
) -> None:
    admin, target = browse("administrateur"), accounts["relecteur"]
    rights = {"geste": "droits", "role": ["relecteur", "administrateur"], "psad": ""}
    given = post(admin, f"{COMPTES}/{target}", rights)
    assert given.headers["location"] == DEMANDES
    assert find_account(two.base, id=target).roles == {"relecteur"}
    name = re.search(r'name="demande" value="(\w{8})"', admin.get(DEMANDES).text)[1]
    assert answer(admin, name).status_code == 403
    assert find_account(two.base, id=target).roles == {"relecteur"}
    assert answer(another(), name).status_code == 303
    assert find_account(two.base, id=target).roles == {"relecteur", "administrateur"}
    last = [e for e in audit.read_entries(sortie) if e.acte == "compte"][-1]
    assert (last.par, last.details["demande"]) == (SECOND, name)


def test_an_account_opened_as_administrator_is_none_before(two, another, browse) -> None:
    data = {"courriel": "neuf@exemple.invalid", "nom": "Neuf", "role": ["administrateur"], "psad": "",
            "local": "oui"}  # fmt: skip
    made = post(browse("administrateur"), COMPTES, data)
    assert "attend qu'un second administrateur" in made.text.replace("&#39;", "'")
    assert find_account(two.base, courriel=data["courriel"]).roles == frozenset()


def test_a_closed_administrator_comes_back_as_none(two, another, browse) -> None:
    another()
    target = find_account(two.base, courriel=SECOND)
    admin = browse("administrateur")
    for step in ("fermer", "ouvrir"):
        post(admin, f"{COMPTES}/{target.id}", {"geste": step})
    assert find_account(two.base, id=target.id).roles == frozenset()


def test_a_right_that_is_no_administrator_s_takes_one_person(two, browse, accounts) -> None:
    target = accounts["personne"]
    rights = {"geste": "droits", "role": ["relecteur"], "psad": ""}
    post(browse("administrateur"), f"{COMPTES}/{target}", rights)
    assert find_account(two.base, id=target).roles == {"relecteur"}


def test_the_command_opens_the_first_two_and_asks_for_the_next(
    sortie, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("SIEI_CLE", KEY)
    settings = tmp_path / "siei.toml"
    settings.write_text('deux_personnes = ["administrateur"]\n')
    for n in (1, 2, 3):
        said = ["account", f"a{n}@exemple.invalid", f"A {n}", "--role", "administrateur"]
        assert main([*said, "--sortie", str(sortie), "--reglages", str(settings)]) == 0
    assert "role waits" in capsys.readouterr().out
    base = open_base(sortie)
    found = [set(find_account(base, courriel=f"a{n}@exemple.invalid").roles) for n in (1, 2, 3)]
    base.close()
    assert found == [{"administrateur"}, {"administrateur"}, set()]


def import_accounts(browser, *lines: str, **more: str):
    text = "\n".join(["courriel;nom;roles;plateformes", *lines])
    jeton = token_of(browser.get(COMPTES).text)
    files = {"fichier": ("comptes.csv", text.encode())}
    return browser.post(f"{COMPTES}/importer", data={"jeton": jeton, **more}, files=files)


def test_a_file_of_accounts_makes_no_administrator_alone(two, another, browse, sortie) -> None:
    done = import_accounts(
        browse("administrateur"),
        f"deux@exemple.invalid;Ana Deux;administrateur coordonnateur;{PSAD}",
        f"trois@exemple.invalid;Ana Trois;coordonnateur;{PSAD}",
    )
    assert "1 rôle d'administrateur attend" in html.unescape(done.text)
    made, other = (
        find_account(two.base, courriel=f"{n}@exemple.invalid") for n in ("deux", "trois")
    )
    assert (made.roles, other.roles) == ({"coordonnateur"}, {"coordonnateur"})
    assert made.reviewed == two.clock(), "its terms have begun"
    (name,) = set(re.findall(r'name="demande" value="(\w{8})"', another().get(DEMANDES).text))
    assert answer(browse("administrateur"), name).status_code == 403
    assert answer(another(), name).status_code == 303
    assert find_account(two.base, id=made.id).roles == {"administrateur", "coordonnateur"}


def test_who_opened_an_account_by_a_file_confirms_nothing_through_it(
    asked, two, another, browse, sortie
) -> None:
    import_accounts(browse("administrateur"), "deux@exemple.invalid;Ana Deux;administrateur;")
    target = find_account(two.base, courriel="deux@exemple.invalid")
    set_rights(two.base, target, ["administrateur"], [])
    change_password(two.base, target, PASSWORD)
    assert answer(another("deux@exemple.invalid"), asked).status_code == 403
    assert read_released(sortie, CODE) is None
    assert answer(another(), asked).status_code == 303


def test_what_was_only_asked_is_not_said_to_be_done(asked, browse) -> None:
    admin = browse("administrateur")
    sent = post(admin, f"{PAGE}/publier", OUI, PAGE)
    page = admin.get(sent.headers["location"]).text
    assert "La publication est demandée" in page
    assert "La campagne est publiée" not in page


def test_a_role_taken_and_given_again_is_asked_for_again(two, another, browse) -> None:
    another()
    target = find_account(two.base, courriel=SECOND)
    set_rights(two.base, target, [], [])
    rights = {"geste": "droits", "role": ["administrateur"], "psad": ""}
    post(browse("administrateur"), f"{COMPTES}/{target.id}", rights)
    assert find_account(two.base, id=target.id).roles == frozenset()


@pytest.mark.parametrize(
    ("courriel", "box"),
    [("a+b@c.fr", "a@c.fr"), ("a@C.fr", "a@c.fr"), ("a.b@c.fr", "a.b@c.fr"), ("+@c.fr", "@c.fr")],
)
def test_what_stands_after_a_plus_is_the_same_box(courriel, box) -> None:
    assert mailbox(courriel) == box
