"""A session begins: whoever came, by whatever means, is let in here and nowhere else."""

from starlette.responses import RedirectResponse, Response

from siei_match.portal.door.render import NAVIGATION
from siei_match.portal.door.visit import Visit, drop_cookie, name_entree, name_session, set_cookie
from siei_match.portal.signin import sessions, terms
from siei_match.portal.signin.accounts import Account, Withheld
from siei_match.portal.state import Portal


def first_page(account: Account) -> str:
    """Return where an account begins: the first page that it may see."""
    if account.must_change:
        return "/mot-de-passe"
    if account.held == Withheld.SECOND:
        return "/second-facteur"
    return next((path for permission, path, _ in NAVIGATION if account.may(permission)), "/aucun")


def first_page_now(portal: Portal, account: Account) -> str:
    """The same, for an account as it was just read."""
    return first_page(terms.hold(account, portal.reglages, portal.clock()))


def welcome(visit: Visit, account: Account, means: str, id_token: str | None) -> Response:
    """Begin a session: a new token, whatever the browser had before."""
    portal = visit.portal
    portal.note("connexion", account.courriel, {"moyen": means, "issue": "acceptee"})
    when = portal.clock()
    terms.note_use(portal.base, account, when)
    sessions.sweep(portal.base, when=when, inactivite=portal.reglages.inactivite)
    if visit.session is not None:
        sessions.close_session(portal.base, visit.session.empreinte)
    token = sessions.open_session(portal.base, account, when=when, id_token=id_token)
    response = RedirectResponse(first_page_now(portal, account), 303)
    set_cookie(portal, response, name_session(portal), token)
    drop_cookie(portal, response, name_entree(portal))
    return response


def close_what_nobody_used(portal: Portal) -> None:
    """Close unused accounts now; each is noted before."""

    def tell(account: Account) -> None:
        portal.note(
            "compte",
            "siei portal",
            {"geste": "fermeture", "compte": account.id, "raison": "inutilise"},
        )

    terms.close_unused(portal.base, portal.reglages, portal.clock(), tell)
