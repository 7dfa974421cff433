"""An administrator's pages on accounts: open, change, close."""

import re
from typing import Final

from starlette.responses import RedirectResponse, Response

from siei_match.output import audit
from siei_match.portal.administration.platforms import known_platforms
from siei_match.portal.door.visit import RefusError, Visit
from siei_match.portal.signin import accounts
from siei_match.portal.signin.accounts import Account, CompteRefuseError
from siei_match.release.permissions import Role

BETWEEN: Final = re.compile(r"[\s,;]+")
ONESELF: Final = "On ne retire pas ses propres droits d'administrateur, ni ne ferme son compte."


def list_all(visit: Visit) -> Response:
    return _show_all(visit)


def _show_all(visit: Visit, erreur: str = "", status: int = 200) -> Response:
    return visit.page(
        "comptes.html.j2",
        status,
        comptes=accounts.list_accounts(visit.portail.base),
        roles=list(Role),
        saisis=visit.form,
        choisis=visit.choix.get("role", []),
        locaux=visit.portail.reglages.comptes_locaux,
        erreur=erreur,
    )


def create(visit: Visit) -> Response:
    """Open an account; a local one's first password is shown once, here."""
    portail, form = visit.portail, visit.form
    audit.require_writable(portail.sortie)  # no account that the log does not tell
    try:
        made, password = accounts.create_account(
            portail.base,
            form.get("courriel", ""),
            form.get("nom", ""),
            visit.choix.get("role", []),
            _platforms(visit),
            local=portail.reglages.comptes_locaux and form.get("local") == "oui",
        )
    except CompteRefuseError as refusal:
        return _show_all(visit, str(refusal), 403)
    _note(visit, "creation", made)
    return visit.page("compte.html.j2", cible=made, premier=password, roles=list(Role), erreur="")


def show(visit: Visit) -> Response:
    return _show(visit, _target(visit))


def _show(visit: Visit, cible: Account, erreur: str = "", status: int = 200) -> Response:
    return visit.page(
        "compte.html.j2", status, cible=cible, premier=None, roles=list(Role), erreur=erreur
    )


def change(visit: Visit) -> Response:
    """Give an account other roles or platforms, a new first password, or close it."""
    cible, geste = _target(visit), visit.form.get("geste", "")
    gestes = {"droits": _rights, "mot_de_passe": _password, "fermer": _close, "ouvrir": _open}
    if geste not in gestes:
        raise RefusError(404)
    try:
        return gestes[geste](visit, cible)
    except CompteRefuseError as refusal:
        return _show(visit, cible, str(refusal), 403)


def _rights(visit: Visit, cible: Account) -> Response:
    roles = visit.choix.get("role", [])
    if _is_oneself(visit, cible) and Role.ADMINISTRATEUR not in roles:
        raise CompteRefuseError(ONESELF)
    psads = _platforms(visit)
    _note(visit, "droits", cible)
    accounts.set_rights(visit.portail.base, cible, roles, psads)
    return _back(cible)


def _password(visit: Visit, cible: Account) -> Response:
    if not cible.local:
        raise CompteRefuseError("Ce compte n'a pas de mot de passe ici.")
    if _is_oneself(visit, cible):
        return RedirectResponse("/mot-de-passe", 303)
    _note(visit, "mot_de_passe", cible)
    premier = accounts.reset_password(visit.portail.base, cible)
    return visit.page("compte.html.j2", cible=cible, premier=premier, roles=list(Role), erreur="")


def _close(visit: Visit, cible: Account) -> Response:
    if _is_oneself(visit, cible):
        raise CompteRefuseError(ONESELF)
    _note(visit, "fermeture", cible)
    accounts.set_active(visit.portail.base, cible, actif=False)
    return _back(cible)


def _open(visit: Visit, cible: Account) -> Response:
    _note(visit, "ouverture", cible)
    accounts.set_active(visit.portail.base, cible, actif=True)
    return _back(cible)


def _is_oneself(visit: Visit, cible: Account) -> bool:
    return cible.id == visit.connue.compte.id


def _back(cible: Account) -> Response:
    return RedirectResponse(f"/administration/comptes/{cible.id}", 303)


def _target(visit: Visit) -> Account:
    found = accounts.find_account(visit.portail.base, id=int(visit.chemin["id"]))
    if found is None:
        raise RefusError(404)
    return found


def _note(visit: Visit, geste: str, cible: Account) -> None:
    details: dict[str, str | int] = {"geste": geste, "compte": cible.id}
    if geste in ("creation", "droits"):
        details["roles"] = " ".join(sorted(visit.choix.get("role", [])))
        details["plateformes"] = len(_platforms(visit))
    visit.portail.note("compte", visit.connue.compte.courriel, details)


def _platforms(visit: Visit) -> list[str]:
    """Read the platforms that were typed.

    Raises:
        CompteRefuseError: no campaign has a list of that code.
    """
    asked = {code for code in BETWEEN.split(visit.form.get("psad", "")) if code}
    unknown = asked - known_platforms(visit)
    if unknown:
        raise CompteRefuseError(
            f"{len(unknown)} code(s) de plateforme inconnu(s) : la page Plateformes les donne tous."
        )
    return sorted(asked)
