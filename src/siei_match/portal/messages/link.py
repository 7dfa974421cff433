"""A new password by a link of one use: sent by mail, good for a day, its hash alone kept."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import RedirectResponse, Response

from siei_match.portal.base import Base
from siei_match.portal.door.visit import RefusalError, Visit, name_entree, set_cookie
from siei_match.portal.messages.posting import post
from siei_match.portal.messages.words import tell_link
from siei_match.portal.signin.accounts import Account, change_password, find_account
from siei_match.portal.signin.passwords import refuse_password
from siei_match.reference.files import bytes_sha256

HOURS: Final = 24
GONE: Final = "Ce lien n'est plus bon : il sert une fois, pendant un jour. Demandez-en un autre à l'administrateur."
SLOW: Final = "Trop de tentatives. Attendez une minute."
TWO: Final = "Les deux saisies du nouveau mot de passe diffèrent."


def send_link(visit: Visit, target: Account) -> None:
    """Make a link for an account and send it to its address; those of before are good no more.

    Raises:
        OSError: the message could not leave; no link is good then.
    """
    portal, token, when = visit.portal, secrets.token_urlsafe(32), visit.portal.clock()
    address = f"{portal.reglages.url.rstrip('/')}/connexion/lien/{token}"
    post(portal.sortie, portal.reglages, [tell_link(target.courriel, address, HOURS)], when)
    with portal.base.change() as connection:
        connection.execute("delete from liens where compte = ?", (target.id,))
        connection.execute(
            "insert into liens values (?, ?, ?)", (_print(token), target.id, when.isoformat())
        )


def show(visit: Visit) -> Response:
    """Show the form of a link that is good; looking does not use it up."""
    return _show(visit)


def _show(visit: Visit, error: str = "", status: int = 200) -> Response:
    portal, token = visit.portal, visit.chemin["lien"]
    if not portal.sign_ins.take(visit.address(), portal.clock()):
        raise RefusalError(429, SLOW)
    if _find(portal.base, token, portal.clock()) is None:
        raise RefusalError(404, GONE)
    entree = visit.entree or secrets.token_urlsafe(32)
    shown = Visit(portal, visit.request, None, entree=entree)
    response = shown.page("lien.html.j2", status, lien=token, error=error)
    set_cookie(portal, response, name_entree(portal), entree)
    return response


def choose(visit: Visit) -> Response:
    """Take the new password; the link is used up, the account's sessions end."""
    portal, token, form = visit.portal, visit.chemin["lien"], visit.form
    account = _find(portal.base, token, portal.clock())
    if account is None:
        raise RefusalError(404, GONE)
    new = form.get("nouveau", "")
    error = refuse_password(new, account.courriel)
    if error is None and new != form.get("confirmation", ""):
        error = TWO
    if error:
        return _show(visit, error, 403)
    portal.note("compte", account.courriel, {"geste": "mot_de_passe", "moyen": "lien"})
    if not portal.base.run("delete from liens where empreinte = ?", _print(token)):
        raise RefusalError(404, GONE)
    change_password(portal.base, account, new)
    return RedirectResponse("/connexion?change=1", 303)


def _find(base: Base, token: str, when: datetime) -> Account | None:
    """Return the account of a link that is good, if it is open and has a password of the page."""
    since = (when - timedelta(hours=HOURS)).isoformat()
    row = base.row(
        "select compte from liens where empreinte = ? and cree > ?", _print(token), since
    )
    account = find_account(base, id=row["compte"]) if row else None
    return account if account and account.active and account.local else None


def _print(token: str) -> str:
    return bytes_sha256(token.encode())
