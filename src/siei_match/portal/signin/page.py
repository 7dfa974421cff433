"""Coming in and going out: by the provider, or by a password of ours."""

import logging
import secrets
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from siei_match.portal.door.visit import (
    RefusalError,
    Visit,
    drop_cookie,
    name_entree,
    name_session,
    set_cookie,
)
from siei_match.portal.signin import sessions
from siei_match.portal.signin.accounts import Withheld, change_password, find_account, sign_in
from siei_match.portal.signin.oidc import OidcError
from siei_match.portal.signin.passwords import refuse_password
from siei_match.portal.signin.second import SLOW, ask_code
from siei_match.portal.signin.terms import is_given_lapsed
from siei_match.portal.signin.welcome import (
    close_what_nobody_used,
    first_page,
    first_page_now,
    welcome,
)

logger = logging.getLogger(__name__)

REFUSED = (
    "Adresse ou mot de passe refusé. Après plusieurs échecs, un compte est bloqué quelques minutes."
)
GIVEN = (
    "Ce premier mot de passe n'a pas été changé à temps : il n'ouvre plus rien. Demandez-en un autre à "
    "l'administrateur."
)
UNKNOWN = (
    "Votre identité est reconnue, mais votre adresse professionnelle n'a aucun droit ici. "
    "Demandez-les à l'administrateur de votre académie."
)
PROVIDER = "La connexion n'a pas abouti. Recommencez ; si cela dure, prévenez l'administrateur."
LAPSED = (
    "Vos droits ont atteint leur terme : ils se revoient chaque année. Demandez à un administrateur "
    "de les renouveler."
)


def home(visit: Visit) -> Response:
    target = first_page(visit.session.account) if visit.session else "/connexion"
    return RedirectResponse(target, 303)


def nothing(visit: Visit) -> Response:
    if visit.known.account.held == Withheld.LAPSED:
        raise RefusalError(403, LAPSED)
    raise RefusalError(404, "Votre compte n'a encore aucun rôle. Adressez-vous à l'administrateur.")


def show(visit: Visit) -> Response:
    if visit.session is not None:
        return RedirectResponse(first_page(visit.session.account), 303)
    return _form(visit)


def _form(visit: Visit, error: str = "", status: int = 200) -> Response:
    """Show the sign-in page; a browser without its entry cookie is given one."""
    portal = visit.portal
    entree = visit.entree or secrets.token_urlsafe(32)
    shown = Visit(portal, visit.request, None, entree=entree)
    response = shown.page(
        "connexion.html.j2",
        status,
        error=error,
        expired=not error and "expiree" in visit.request.query_params,
        local=portal.reglages.comptes_locaux,
        oidc=portal.provider is not None,
    )
    set_cookie(portal, response, name_entree(portal), entree)
    return response


def enter(visit: Visit) -> Response:
    """Sign in by a password."""
    portal, form = visit.portal, visit.form
    if not portal.reglages.comptes_locaux:
        raise RefusalError(404)
    if not portal.sign_ins.take(visit.address(), portal.clock()):
        return _form(visit, SLOW, 429)
    courriel = form.get("courriel", "")
    close_what_nobody_used(portal)
    account = sign_in(
        portal.base,
        courriel,
        form.get("mot_de_passe", ""),
        when=portal.clock(),
        essais=portal.reglages.essais,
        blocage=portal.reglages.blocage,
    )
    if account is None:
        # What was typed is not noted: a password is often typed in the wrong field.
        known = find_account(portal.base, courriel=courriel)
        portal.note_refusal(
            known.courriel if known else "inconnu", {"moyen": "mot_de_passe", "issue": "refusee"}
        )
        return _form(visit, REFUSED, 403)
    if is_given_lapsed(portal.base, account, portal.reglages, portal.clock()):
        details: dict[str, str | int] = {
            "moyen": "mot_de_passe", "issue": "refusee", "raison": "premier_expire",
        }  # fmt: skip
        portal.note("connexion", account.courriel, details)
        return _form(visit, GIVEN, 403)
    if account.enrolled:
        return ask_code(visit, account)
    return welcome(visit, account, "mot_de_passe", None)


def ask_provider(visit: Visit) -> Response:
    """Send the browser to the provider, bound to what it must bring back."""
    portal = visit.portal
    if portal.provider is None:
        raise RefusalError(404)
    if not portal.sign_ins.take(visit.address(), portal.clock()):
        return _form(visit, SLOW, 429)
    entree = visit.entree or secrets.token_urlsafe(32)
    state, waiting = sessions.open_waiting(portal.base, entree, when=portal.clock())
    try:
        target = portal.provider.ask(state, waiting, portal.clock())
    except OidcError as failure:
        logger.warning("OIDC: %s", failure)
        return _form(visit, PROVIDER, 503)
    response = RedirectResponse(target, 303)
    set_cookie(portal, response, name_entree(portal), entree)
    return response


def return_from_provider(visit: Visit) -> Response:
    """Take what the provider says of who signed in; rights go by the professional e-mail."""
    portal, query = visit.portal, visit.request.query_params
    if portal.provider is None:
        raise RefusalError(404)
    if not portal.sign_ins.take(visit.address(), portal.clock()):
        # Nor noted: whoever may ask without signing in must not fill the audit log.
        return _form(visit, SLOW, 429)
    waiting = sessions.take_waiting(
        portal.base, query.get("state", ""), visit.entree, when=portal.clock()
    )
    if waiting is None or "code" not in query:
        return _refuse(visit, "etat")
    if query.get("iss", portal.reglages.oidc_emetteur) != portal.reglages.oidc_emetteur:
        return _refuse(visit, "emetteur")
    try:
        identified = portal.provider.receive(query["code"], waiting, portal.clock())
    except OidcError as failure:
        logger.warning("OIDC: %s", failure)
        return _refuse(visit, "fournisseur")
    close_what_nobody_used(portal)
    account = find_account(portal.base, courriel=identified.courriel)
    if account is None or not account.active:
        portal.note_refusal("inconnu", {"moyen": "oidc", "issue": "sans_droits"})
        return _form(visit, UNKNOWN, 403)
    return welcome(visit, account, "oidc", identified.id_token)


def _refuse(visit: Visit, reason: str) -> Response:
    visit.portal.note_refusal("inconnu", {"moyen": "oidc", "issue": "refusee", "raison": reason})
    return _form(visit, PROVIDER, 403)


def leave(visit: Visit) -> Response:
    """End the session here; then at the provider's, if it came from there."""
    portal, session = visit.portal, visit.known
    sessions.close_session(portal.base, session.empreinte)
    portal.note("deconnexion", session.account.courriel, {})
    target = "/connexion"
    if session.id_token and portal.provider is not None:
        try:
            away = portal.provider.leave(
                session.id_token, secrets.token_urlsafe(32), portal.clock()
            )
        except OidcError as failure:
            logger.warning("OIDC: %s", failure)
            away = None
        if away and urlsplit(away).scheme in ("https", "http"):
            target = away
    response = RedirectResponse(target, 303)
    drop_cookie(portal, response, name_session(portal))
    return response


def return_from_leaving(visit: Visit) -> Response:
    return RedirectResponse("/connexion", 303)


def show_password(visit: Visit) -> Response:
    if not visit.known.account.local:
        raise RefusalError(404)
    return visit.page("mot_de_passe.html.j2", error="")


def set_password(visit: Visit) -> Response:
    """Change one's password: the old one is asked again, every other session ends."""
    portal, account, form = visit.portal, visit.known.account, visit.form
    if not account.local:
        raise RefusalError(404)
    new = form.get("nouveau", "")
    error = refuse_password(new, account.courriel)
    if new != form.get("confirmation", ""):
        error = "Les deux saisies du nouveau mot de passe diffèrent."
    elif new == form.get("ancien", ""):
        error = "Le nouveau mot de passe est l'ancien."
    elif error is None and not _knows_the_old_one(visit):
        error = "L'ancien mot de passe est refusé."
    if error:
        return visit.page("mot_de_passe.html.j2", 403, error=error)
    portal.note("compte", account.courriel, {"geste": "mot_de_passe"})
    change_password(portal.base, account, new)
    fresh = find_account(portal.base, id=account.id) or account
    token = sessions.open_session(portal.base, fresh, when=portal.clock())
    response = RedirectResponse(first_page_now(portal, fresh), 303)
    set_cookie(portal, response, name_session(portal), token)
    return response


def _knows_the_old_one(visit: Visit) -> bool:
    portal = visit.portal
    if not portal.sign_ins.take(visit.address(), portal.clock()):
        raise RefusalError(429, SLOW)
    account = sign_in(
        portal.base,
        visit.known.account.courriel,
        visit.form.get("ancien", ""),
        when=portal.clock(),
        essais=portal.reglages.essais,
        blocage=portal.reglages.blocage,
    )
    return account is not None


def health(visit: Visit) -> Response:
    """Say that the page lives, and nothing more: for the one who watches it."""
    return PlainTextResponse("ok\n")


def accessibility(visit: Visit) -> Response:
    return visit.page("accessibilite.html.j2")
