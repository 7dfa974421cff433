"""Pages of the second factor: put in place by its owner, asked for after the password."""

import secrets

from starlette.responses import RedirectResponse, Response

from siei_match.portal.door.visit import (
    RefusalError,
    Visit,
    drop_cookie,
    name_entree,
    name_session,
    set_cookie,
)
from siei_match.portal.signin import factors, sessions
from siei_match.portal.signin.accounts import Account, Withheld, find_account, sign_in
from siei_match.portal.signin.sessions import find_session
from siei_match.portal.signin.totp import address_of
from siei_match.portal.signin.welcome import welcome

SLOW = "Trop de tentatives. Attendez une minute."
WRONG = (
    "Ce code est refusé. Un code sert une fois ; après plusieurs échecs, attendez quelques minutes."
)
UNKNOWN = "Le mot de passe est refusé."
STEPS = {"commencer", "confirmer"}


def ask_code(visit: Visit, account: Account) -> Response:
    """Ask for the code of whoever gave the password, in this browser alone."""
    portal = visit.portal
    entree = secrets.token_urlsafe(32)
    factors.open_passage(portal.base, account, entree, portal.clock())
    response = RedirectResponse("/connexion/second", 303)
    set_cookie(portal, response, name_entree(portal), entree)
    return response


def show_code(visit: Visit) -> Response:
    if _owed_by(visit) is None:
        return RedirectResponse("/connexion", 303)
    return visit.page("second.html.j2", error="")


def give_code(visit: Visit) -> Response:
    """Let in whoever gives the code after the password."""
    portal, account = visit.portal, _owed_by(visit)
    if account is None:
        return RedirectResponse("/connexion?expiree=1", 303)
    if not portal.sign_ins.take(visit.address(), portal.clock()):
        return visit.page("second.html.j2", 429, error=SLOW)
    means = factors.check_code(
        portal.base, account, visit.form.get("code", ""), when=portal.clock(),
        tries=portal.reglages.essais, lock=portal.reglages.blocage,
    )  # fmt: skip
    if means is None:
        portal.note_refusal(account.courriel, {"moyen": "second_facteur", "issue": "refusee"})
        return visit.page("second.html.j2", 403, error=WRONG)
    factors.close_passage(portal.base, visit.entree)
    return welcome(visit, account, f"mot_de_passe_{means}", None)


def _owed_by(visit: Visit) -> Account | None:
    found = factors.find_passage(visit.portal.base, visit.entree, visit.portal.clock())
    account = find_account(visit.portal.base, id=found) if found is not None else None
    return account if account and account.active else None


def show(visit: Visit) -> Response:
    return _show(visit)


def _show(visit: Visit, error: str = "", status: int = 200) -> Response:
    account = _own(visit)
    secret = factors.waiting_secret(visit.portal.base, account)
    return visit.page(
        "second_facteur.html.j2",
        status,
        error=error,
        secret=secret,
        address=address_of(secret, account.courriel) if secret else "",
        spares=None,
        left=factors.count_spares(visit.portal.base, account),
        owed=account.held == Withheld.SECOND,
    )


def change(visit: Visit) -> Response:
    """Prepare a second factor after the password was given again, or put it in force by its code."""
    step = visit.form.get("geste", "")
    if step not in STEPS:
        raise RefusalError(404)
    return _begin(visit) if step == "commencer" else _confirm(visit)


def _begin(visit: Visit) -> Response:
    portal, account, form = visit.portal, _own(visit), visit.form
    if not portal.sign_ins.take(visit.address(), portal.clock()):
        raise RefusalError(429, SLOW)
    settings = portal.reglages
    known = sign_in(
        portal.base, account.courriel, form.get("mot_de_passe", ""), when=portal.clock(),
        essais=settings.essais, blocage=settings.blocage,
    )  # fmt: skip
    if known is None:
        return _show(visit, UNKNOWN, 403)
    # Who holds a session and the password alone must not put theirs in the place of the owner's.
    if account.enrolled and not factors.check_code(
        portal.base, account, form.get("code", ""), when=portal.clock(),
        tries=settings.essais, lock=settings.blocage,
    ):  # fmt: skip
        return _show(visit, WRONG, 403)
    factors.prepare_factor(portal.base, account)
    return RedirectResponse("/second-facteur", 303)


def _confirm(visit: Visit) -> Response:
    portal, account = visit.portal, _own(visit)
    spares = factors.confirm_factor(
        portal.base, account, visit.form.get("code", ""), when=portal.clock(),
        tries=portal.reglages.essais, lock=portal.reglages.blocage,
    )  # fmt: skip
    if spares is None:
        return _show(visit, WRONG, 403)
    portal.note("compte", account.courriel, {"geste": "second_facteur", "compte": account.id})
    return _tell_spares(visit, account, spares)


def _tell_spares(visit: Visit, account: Account, spares: list[str]) -> Response:
    """Show the spare codes this once, in a session of its own: those of before have ended."""
    portal, settings = visit.portal, visit.portal.reglages
    token = sessions.open_session(portal.base, account, when=portal.clock())
    session = find_session(
        portal.base, token, when=portal.clock(),
        inactivite=settings.inactivite, duration=settings.duree,
    )  # fmt: skip
    shown = Visit(portal, visit.request, session)
    response = shown.page(
        "second_facteur.html.j2", error="", secret=None, address="", spares=spares,
        left=len(spares), owed=False,
    )  # fmt: skip
    set_cookie(portal, response, name_session(portal), token)
    drop_cookie(portal, response, name_entree(portal))
    return response


def _own(visit: Visit) -> Account:
    account = visit.known.account
    if not account.local or account.must_change:
        raise RefusalError(404)
    return account
