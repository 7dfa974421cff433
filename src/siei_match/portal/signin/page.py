"""Coming in and going out: by the provider, or by a password of ours."""

import logging
import secrets
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from siei_match.portal.door.render import NAVIGATION
from siei_match.portal.door.visit import (
    RefusError,
    Visit,
    drop_cookie,
    name_entree,
    name_session,
    set_cookie,
)
from siei_match.portal.signin import sessions
from siei_match.portal.signin.accounts import Account, change_password, find_account, sign_in
from siei_match.portal.signin.oidc import OidcError
from siei_match.portal.signin.passwords import refuse_password

logger = logging.getLogger(__name__)

REFUSED = (
    "Adresse ou mot de passe refusé. Après plusieurs échecs, un compte est bloqué quelques minutes."
)
UNKNOWN = (
    "Votre identité est reconnue, mais votre adresse professionnelle n'a aucun droit ici. "
    "Demandez-les à l'administrateur de votre académie."
)
PROVIDER = "La connexion n'a pas abouti. Recommencez ; si cela dure, prévenez l'administrateur."
SLOW = "Trop de tentatives. Attendez une minute."


def home(visit: Visit) -> Response:
    target = first_page(visit.session.compte) if visit.session else "/connexion"
    return RedirectResponse(target, 303)


def first_page(compte: Account) -> str:
    """Return where an account begins: the first page that it may see."""
    if compte.a_changer:
        return "/mot-de-passe"
    return next(
        (chemin for permission, chemin, _ in NAVIGATION if compte.may(permission)), "/aucun"
    )


def nothing(visit: Visit) -> Response:
    raise RefusError(404, "Votre compte n'a encore aucun rôle. Adressez-vous à l'administrateur.")


def show(visit: Visit) -> Response:
    if visit.session is not None:
        return RedirectResponse(first_page(visit.session.compte), 303)
    return _form(visit)


def _form(visit: Visit, erreur: str = "", status: int = 200) -> Response:
    """Show the sign-in page; a browser without its entry cookie is given one."""
    portail = visit.portail
    entree = visit.entree or secrets.token_urlsafe(32)
    shown = Visit(portail, visit.request, None, entree=entree)
    response = shown.page(
        "connexion.html.j2",
        status,
        erreur=erreur,
        expiree=not erreur and "expiree" in visit.request.query_params,
        local=portail.reglages.comptes_locaux,
        oidc=portail.fournisseur is not None,
    )
    set_cookie(portail, response, name_entree(portail), entree)
    return response


def enter(visit: Visit) -> Response:
    """Sign in by a password."""
    portail, form = visit.portail, visit.form
    if not portail.reglages.comptes_locaux:
        raise RefusError(404)
    if not portail.connexions.take(visit.address(), portail.horloge()):
        return _form(visit, SLOW, 429)
    courriel = form.get("courriel", "")
    compte = sign_in(
        portail.base,
        courriel,
        form.get("mot_de_passe", ""),
        quand=portail.horloge(),
        essais=portail.reglages.essais,
        blocage=portail.reglages.blocage,
    )
    if compte is None:
        # What was typed is not noted: a password is often typed in the wrong field.
        known = find_account(portail.base, courriel=courriel)
        portail.note(
            "connexion",
            known.courriel if known else "inconnu",
            {"moyen": "mot_de_passe", "issue": "refusee"},
        )
        return _form(visit, REFUSED, 403)
    return _welcome(visit, compte, "mot_de_passe", None)


def _welcome(visit: Visit, compte: Account, moyen: str, id_token: str | None) -> Response:
    """Begin a session: a new token, whatever the browser had before."""
    portail = visit.portail
    portail.note("connexion", compte.courriel, {"moyen": moyen, "issue": "acceptee"})
    quand = portail.horloge()
    sessions.sweep(portail.base, quand=quand, inactivite=portail.reglages.inactivite)
    if visit.session is not None:
        sessions.close_session(portail.base, visit.session.empreinte)
    token = sessions.open_session(portail.base, compte, quand=quand, id_token=id_token)
    response = RedirectResponse(first_page(compte), 303)
    set_cookie(portail, response, name_session(portail), token)
    drop_cookie(portail, response, name_entree(portail))
    return response


def ask_provider(visit: Visit) -> Response:
    """Send the browser to the provider, bound to what it must bring back."""
    portail = visit.portail
    if portail.fournisseur is None:
        raise RefusError(404)
    if not portail.connexions.take(visit.address(), portail.horloge()):
        return _form(visit, SLOW, 429)
    entree = visit.entree or secrets.token_urlsafe(32)
    state, attente = sessions.open_attente(portail.base, entree, quand=portail.horloge())
    try:
        target = portail.fournisseur.ask(state, attente, portail.horloge())
    except OidcError as failure:
        logger.warning("OIDC: %s", failure)
        return _form(visit, PROVIDER, 503)
    response = RedirectResponse(target, 303)
    set_cookie(portail, response, name_entree(portail), entree)
    return response


def return_from_provider(visit: Visit) -> Response:
    """Take what the provider says of who signed in; rights go by the professional e-mail."""
    portail, query = visit.portail, visit.request.query_params
    if portail.fournisseur is None:
        raise RefusError(404)
    attente = sessions.take_attente(
        portail.base, query.get("state", ""), visit.entree, quand=portail.horloge()
    )
    if attente is None or "code" not in query:
        return _refuse(visit, "etat")
    if query.get("iss", portail.reglages.oidc_emetteur) != portail.reglages.oidc_emetteur:
        return _refuse(visit, "emetteur")
    try:
        identite = portail.fournisseur.receive(query["code"], attente, portail.horloge())
    except OidcError as failure:
        logger.warning("OIDC: %s", failure)
        return _refuse(visit, "fournisseur")
    compte = find_account(portail.base, courriel=identite.courriel)
    if compte is None or not compte.actif:
        portail.note("connexion", "inconnu", {"moyen": "oidc", "issue": "sans_droits"})
        return _form(visit, UNKNOWN, 403)
    return _welcome(visit, compte, "oidc", identite.id_token)


def _refuse(visit: Visit, raison: str) -> Response:
    visit.portail.note(
        "connexion", "inconnu", {"moyen": "oidc", "issue": "refusee", "raison": raison}
    )
    return _form(visit, PROVIDER, 403)


def leave(visit: Visit) -> Response:
    """End the session here; then at the provider's, if it came from there."""
    portail, session = visit.portail, visit.connue
    sessions.close_session(portail.base, session.empreinte)
    portail.note("deconnexion", session.compte.courriel, {})
    target = "/connexion"
    if session.id_token and portail.fournisseur is not None:
        try:
            away = portail.fournisseur.leave(
                session.id_token, secrets.token_urlsafe(32), portail.horloge()
            )
        except OidcError as failure:
            logger.warning("OIDC: %s", failure)
            away = None
        if away and urlsplit(away).scheme in ("https", "http"):
            target = away
    response = RedirectResponse(target, 303)
    drop_cookie(portail, response, name_session(portail))
    return response


def return_from_leaving(visit: Visit) -> Response:
    return RedirectResponse("/connexion", 303)


def show_password(visit: Visit) -> Response:
    if not visit.connue.compte.local:
        raise RefusError(404)
    return visit.page("mot_de_passe.html.j2", erreur="")


def set_password(visit: Visit) -> Response:
    """Change one's password: the old one is asked again, every other session ends."""
    portail, compte, form = visit.portail, visit.connue.compte, visit.form
    if not compte.local:
        raise RefusError(404)
    new = form.get("nouveau", "")
    erreur = refuse_password(new, compte.courriel)
    if new != form.get("confirmation", ""):
        erreur = "Les deux saisies du nouveau mot de passe diffèrent."
    elif new == form.get("ancien", ""):
        erreur = "Le nouveau mot de passe est l'ancien."
    elif erreur is None and not _knows_the_old_one(visit):
        erreur = "L'ancien mot de passe est refusé."
    if erreur:
        return visit.page("mot_de_passe.html.j2", 403, erreur=erreur)
    portail.note("compte", compte.courriel, {"geste": "mot_de_passe"})
    change_password(portail.base, compte, new)
    fresh = find_account(portail.base, id=compte.id) or compte
    token = sessions.open_session(portail.base, fresh, quand=portail.horloge())
    response = RedirectResponse(first_page(fresh), 303)
    set_cookie(portail, response, name_session(portail), token)
    return response


def _knows_the_old_one(visit: Visit) -> bool:
    portail = visit.portail
    if not portail.connexions.take(visit.address(), portail.horloge()):
        raise RefusError(429, SLOW)
    compte = sign_in(
        portail.base,
        visit.connue.compte.courriel,
        visit.form.get("ancien", ""),
        quand=portail.horloge(),
        essais=portail.reglages.essais,
        blocage=portail.reglages.blocage,
    )
    return compte is not None


def health(visit: Visit) -> Response:
    """Say that the page lives, and nothing more: for the one who watches it."""
    return PlainTextResponse("ok\n")


def accessibility(visit: Visit) -> Response:
    return visit.page("accessibilite.html.j2")
