"""Messages without names: what is new is told once, to whom it concerns; a link of one use."""

import email
import re
import smtplib
from datetime import UTC, date, datetime, timedelta
from email.policy import default
from pathlib import Path
from typing import ClassVar

import pytest

from siei_match.collect import SingleAnswer, append_answers
from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.portal.messages.announcing import announce
from siei_match.portal.messages.posting import Message, post
from siei_match.portal.signin import terms
from siei_match.portal.signin.accounts import find_account
from siei_match.release import withdraw
from tests.portal import conftest
from tests.portal.conftest import AUTRE, token_of
from tests.portal.many import CODE, PSAD, signalement
from tests.releases import ACTEUR

WHO = Actor("autre@exemple.invalid", datetime(2027, 3, 20, 9, tzinfo=UTC))


@pytest.fixture(scope="session")
def released(released_many: Path) -> Path:
    return released_many


@pytest.fixture
def soon(clock):
    """The day after the release: a Tuesday, on which no recap leaves."""
    clock.now = datetime(2026, 11, 3, 9, tzinfo=UTC)
    return clock


def letters(sortie: Path) -> list[email.message.EmailMessage]:
    folder = sortie / "memoire" / "messages"
    found = [
        email.message_from_bytes(p.read_bytes(), policy=default)
        for p in sorted(folder.glob("*.eml"))
    ]
    return sorted(found, key=lambda letter: (letter["To"], letter["Subject"]))


def test_a_release_is_told_once_to_its_coordinators(portail, accounts, soon, sortie) -> None:
    assert announce(portail) == 2, "one for each campaign"
    letter = letters(sortie)[0]
    assert letter["To"] == "coord@exemple.invalid"
    assert letter["Subject"] == "SIEI : liste de mars 2027 publiée"
    text = letter.get_content()
    assert ": 33 jeunes" in text
    assert "https://siei.invalid/campagnes" in text
    assert not re.search("KERVADEC|Éloïse|06 39|fictif", text)
    assert announce(portail) == 0
    assert oct((sortie / "memoire" / "messages").stat().st_mode & 0o777) == "0o700"
    entry = audit.read_entries(sortie)[-1]
    assert (entry.acte, entry.details) == ("message", {"publiee": 2})


def test_what_is_old_when_the_page_first_looks_is_no_news(portail, accounts, soon, sortie) -> None:
    soon.now = datetime(2027, 3, 23, 9, tzinfo=UTC)
    assert announce(portail) == 0
    assert letters(sortie) == []


def test_whose_rights_have_ended_is_written_nothing(portail, accounts, soon, sortie) -> None:
    ended = soon.now - timedelta(days=portail.reglages.droits_jours)
    account = find_account(portail.base, courriel="coord@exemple.invalid")
    terms.renew(portail.base, account, ended)
    announce(portail)
    assert "coord@exemple.invalid" not in {letter["To"] for letter in letters(sortie)}
    terms.renew(portail.base, account, soon.now)
    announce(portail)
    assert "coord@exemple.invalid" in {letter["To"] for letter in letters(sortie)}


def test_a_list_taken_back_is_told_to_those_who_were_told_of_it(
    portail, accounts, soon, sortie
) -> None:
    announce(portail)
    withdraw(sortie, CODE, actor=ACTEUR)
    assert announce(portail) == 1
    assert {m["Subject"] for m in letters(sortie)} == {
        "SIEI : liste d’octobre 2026 publiée", "SIEI : liste de mars 2027 publiée", "SIEI : liste de mars 2027 retirée",
    }  # fmt: skip
    assert announce(portail) == 0


def test_a_transfer_is_told_to_who_receives_it_and_not_if_taken_back(
    portail, accounts, clock, sortie
) -> None:
    clock.now = datetime(2027, 3, 23, 9, tzinfo=UTC)
    day = date(2027, 3, 20)
    for n in (1, 2):
        said = [SingleAnswer(signalement(n), "demenage", day, AUTRE)]
        append_answers(sortie, said, PSAD, WHO, seen=0)
    append_answers(sortie, [SingleAnswer(signalement(2), "annule", day)], PSAD, WHO, seen=1)
    assert announce(portail) == 1
    (letter,) = letters(sortie)
    assert letter["To"] == "autre@exemple.invalid"
    assert ": 1 jeune\r\n" in letter.get_content()
    assert announce(portail) == 0
    about = "select 1 from annonces where cle like 'transfert %'"
    assert portail.base.rows(about)
    clock.pass_by(days=15)
    announce(portail)
    assert not portail.base.rows(about), "whom it was about is not kept"


def test_on_mondays_what_waits_is_told_in_counts(portail, accounts, clock, sortie) -> None:
    clock.now = datetime(2027, 3, 22, 7, tzinfo=UTC)
    said = [
        SingleAnswer(
            signalement(1), "contacte_sans_reponse", date(2027, 3, 20), rappel=date(2027, 3, 22)
        )
    ]
    append_answers(sortie, said, PSAD, WHO, seen=0)
    assert announce(portail) == 1
    (letter,) = letters(sortie)
    assert (
        ": 32 à contacter, 1 à rappeler aujourd'hui ou avant, 1 contactés, 0 joints"
        in letter.get_content()
    )
    assert announce(portail) == 0
    clock.pass_by(days=7)
    assert announce(portail) == 1


class Server:
    """A mail server that keeps what it is told."""

    sent: ClassVar[list[str]] = []

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self.said = [f"{host}:{port}"]

    def __enter__(self):
        return self

    def __exit__(self, *failure) -> None:
        Server.sent += self.said

    def starttls(self, context) -> None:
        self.said.append("tls")

    def login(self, user: str, password: str) -> None:
        self.said.append(f"{user} {password}")

    def send_message(self, mail) -> None:
        self.said.append(mail["To"])


def test_a_mail_server_is_spoken_to_in_tls_and_tried_again(
    portail, accounts, soon, sortie, tmp_path, monkeypatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("sésame\n", "utf-8")
    settings = portail.reglages.model_copy(
        update={
            "courriel_smtp": "mail.invalid",
            "courriel_utilisateur": "siei",
            "courriel_secret_fichier": secret,
        }
    )
    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(Server, "sent", [])
    post(sortie, settings, [Message("a@exemple.invalid", "s", "t")], soon.now)
    assert Server.sent == ["mail.invalid:587", "tls", "siei sésame", "a@exemple.invalid"]
    assert not (sortie / "memoire" / "messages").exists()
    monkeypatch.setattr("siei_match.portal.messages.announcing.post", refuse)
    with pytest.raises(OSError, match="non"):
        announce(portail)
    monkeypatch.undo()
    assert announce(portail) == 2, "what could not leave waits"


def refuse(*arguments) -> None:
    raise OSError("non")


# A link of one use


def test_a_new_password_is_chosen_by_a_link_of_one_use(
    browse, portail, accounts, sortie, clock
) -> None:
    page = f"/administration/comptes/{accounts['coordonnateur']}"
    admin = browse("administrateur")
    sent = conftest.post(admin, page, {"geste": "lien"})
    assert sent.headers["location"] == f"{page}?fait=lien"
    (letter,) = letters(sortie)
    (address,) = re.findall(r"https://siei.invalid(/connexion/lien/\S+)", letter.get_content())
    assert letter["To"] == "coord@exemple.invalid"
    browser = browse()
    shown = browser.get(address)
    assert shown.status_code == 200
    new = "une phrase toute neuve"
    form = {"jeton": token_of(shown.text), "nouveau": new, "confirmation": new}
    assert browser.post(address, data=form | {"confirmation": "autre"}).status_code == 403
    assert (
        browser.post(address, data=form | {"nouveau": "court", "confirmation": "court"}).status_code
        == 403
    )
    assert browse().post(address, data=form).status_code == 403, "a form of another browser"
    assert browser.post(address, data=form).headers["location"] == "/connexion?change=1"
    assert browser.get(address).status_code == 404
    assert browser.post(address, data=form).status_code == 404
    assert conftest.sign_in(browse(), "coord@exemple.invalid", new).status_code == 303
    assert portail.base.rows("select * from liens") == []


def test_a_link_ends_by_itself_and_is_none_of_a_closed_account(
    browse, portail, accounts, sortie, clock
) -> None:
    page = f"/administration/comptes/{accounts['coordonnateur']}"
    admin = browse("administrateur")
    conftest.post(admin, page, {"geste": "lien"})
    address = re.findall(r"invalid(/connexion/lien/\S+)", letters(sortie)[0].get_content())[0]
    conftest.post(admin, page, {"geste": "fermer", "confirme": "oui"})
    assert browse().get(address).status_code == 404
    conftest.post(admin, page, {"geste": "ouvrir"})
    assert browse().get(address).status_code == 200
    clock.pass_by(hours=25)
    assert browse().get(address).status_code == 404
    assert find_account(portail.base, id=accounts["coordonnateur"])
