"""An administrator's page on what waits for a second person: confirm it, or put it aside."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from siei_match.portal.administration.likeness import alike
from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.portal.signin import accounts, terms
from siei_match.portal.signin.accounts import Account
from siei_match.reference.errors import OutputError
from siei_match.release import (
    ActRefusedError,
    Asked,
    confirm_release,
    find_asked,
    list_asked,
    refuse_asked,
)
from siei_match.release.permissions import Role
from siei_match.release.second import Matter, require_another

PAGE: Final = "/administration/demandes"
REFUSED: Final = (
    "Cette demande ne peut pas être confirmée d'ici. Qui l'a faite ne la confirme pas, ni d'un compte qui "
    "peut être le sien (même nom, même boîte, compte ouvert ou réinitialisé par cette personne depuis "
    "moins de sept jours) ; une demande tombe aussi si la campagne a été exécutée de nouveau, ou si un "
    "contrôle bloque désormais."
)
BUSY: Final = "Le dossier n'a pas pu être écrit. Rien n'a changé. Réessayez plus tard."


def show(visit: Visit) -> Response:
    return _show(visit)


def _show(visit: Visit, error: str = "", status: int = 200) -> Response:
    portal, me = visit.portal, visit.known.account
    waiting = list_asked(portal.sortie, portal.gates, portal.actor(me.courriel))
    targets = {str(account.id): account for account in accounts.list_accounts(portal.base)}
    return visit.page(
        "demandes.html.j2",
        status,
        error=error,
        waiting=[(one, one.ends(portal.gates), targets.get(one.subject)) for one in waiting],
        me=me.courriel,
    )


def answer(visit: Visit) -> Response:
    """Confirm what another person asked, or put it aside."""
    portal, me = visit.portal, visit.known.account
    step, name = visit.form.get("geste", ""), visit.form.get("demande", "")
    if step not in ("confirmer", "refuser"):
        raise RefusalError(404)
    actor = portal.actor(me.courriel)
    try:
        asked = find_asked(portal.sortie, name, portal.gates, actor)
        if step == "refuser":
            refuse_asked(portal.sortie, asked, actor)
        elif asked.matter == Matter.ADMINISTRATOR:
            _make_administrator(visit, asked)
        else:
            confirm_release(
                portal.sortie, asked.subject, name, portal.gates, actor=actor,
                alike=alike(portal, me, asked),
            )  # fmt: skip
    except ActRefusedError:
        return _show(visit, REFUSED, 403)
    except OutputError:
        return _show(visit, BUSY, 503)
    return RedirectResponse(PAGE, 303)


def _make_administrator(visit: Visit, asked: Asked) -> None:
    portal, me = visit.portal, visit.known.account
    target = _target(visit, asked)
    # Nobody makes themselves one through another's request either.
    mine = alike(portal, me, asked)
    require_another(portal.sortie, asked, portal.actor(me.courriel), alike=mine)
    roles = target.roles | {Role.ADMINISTRATOR}
    details: dict[str, str | int] = {
        "geste": "droits", "compte": target.id, "roles": " ".join(sorted(roles)), "demande": asked.id,
    }  # fmt: skip
    portal.note("compte", me.courriel, details)
    accounts.set_rights(portal.base, target, roles, target.psads)
    terms.renew(portal.base, target, portal.clock())


def _target(visit: Visit, asked: Asked) -> Account:
    number = int(asked.subject) if asked.subject.isdecimal() else 0
    found = accounts.find_account(visit.portal.base, id=number)
    if found is None or not found.active:
        raise ActRefusedError("That account is closed or gone.", remedy="Open it, and ask again.")
    return found
