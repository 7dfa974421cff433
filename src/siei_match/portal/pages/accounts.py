"""An administrator's pages on accounts and platforms, and the audit log."""

import re
from typing import Final

from starlette.responses import RedirectResponse, Response

from siei_match.output import audit, prepared_campaigns
from siei_match.portal import accounts
from siei_match.portal.access import Demande, RefusError
from siei_match.portal.accounts import Compte, CompteRefuseError
from siei_match.reference.errors import SieiError
from siei_match.release.permissions import Role

SHOWN: Final = 200
"""Entries of the log on the page; the file has them all."""
BETWEEN: Final = re.compile(r"[\s,;]+")
ONESELF: Final = "On ne retire pas ses propres droits d'administrateur, ni ne ferme son compte."


def list_all(demande: Demande) -> Response:
    return _show_all(demande)


def _show_all(demande: Demande, erreur: str = "", status: int = 200) -> Response:
    return demande.page(
        "comptes.html.j2",
        status,
        comptes=accounts.list_accounts(demande.portail.base),
        roles=list(Role),
        saisis=demande.form,
        choisis=demande.choix.get("role", []),
        locaux=demande.portail.reglages.comptes_locaux,
        erreur=erreur,
    )


def create(demande: Demande) -> Response:
    """Open an account; a local one's first password is shown once, here."""
    portail, form = demande.portail, demande.form
    audit.require_writable(portail.sortie)  # no account that the log does not tell
    try:
        made, password = accounts.create_account(
            portail.base,
            form.get("courriel", ""),
            form.get("nom", ""),
            demande.choix.get("role", []),
            _platforms(demande),
            local=portail.reglages.comptes_locaux and form.get("local") == "oui",
        )
    except CompteRefuseError as refusal:
        return _show_all(demande, str(refusal), 403)
    _note(demande, "creation", made)
    return demande.page("compte.html.j2", cible=made, premier=password, roles=list(Role), erreur="")


def show(demande: Demande) -> Response:
    return _show(demande, _target(demande))


def _show(demande: Demande, cible: Compte, erreur: str = "", status: int = 200) -> Response:
    return demande.page(
        "compte.html.j2", status, cible=cible, premier=None, roles=list(Role), erreur=erreur
    )


def change(demande: Demande) -> Response:
    """Give an account other roles or platforms, a new first password, or close it."""
    cible, geste = _target(demande), demande.form.get("geste", "")
    gestes = {"droits": _rights, "mot_de_passe": _password, "fermer": _close, "ouvrir": _open}
    if geste not in gestes:
        raise RefusError(404)
    try:
        return gestes[geste](demande, cible)
    except CompteRefuseError as refusal:
        return _show(demande, cible, str(refusal), 403)


def _rights(demande: Demande, cible: Compte) -> Response:
    roles = demande.choix.get("role", [])
    if _is_oneself(demande, cible) and Role.ADMINISTRATEUR not in roles:
        raise CompteRefuseError(ONESELF)
    psads = _platforms(demande)
    _note(demande, "droits", cible)
    accounts.set_rights(demande.portail.base, cible, roles, psads)
    return _back(cible)


def _password(demande: Demande, cible: Compte) -> Response:
    if not cible.local:
        raise CompteRefuseError("Ce compte n'a pas de mot de passe ici.")
    if _is_oneself(demande, cible):
        return RedirectResponse("/mot-de-passe", 303)
    _note(demande, "mot_de_passe", cible)
    premier = accounts.reset_password(demande.portail.base, cible)
    return demande.page("compte.html.j2", cible=cible, premier=premier, roles=list(Role), erreur="")


def _close(demande: Demande, cible: Compte) -> Response:
    if _is_oneself(demande, cible):
        raise CompteRefuseError(ONESELF)
    _note(demande, "fermeture", cible)
    accounts.set_active(demande.portail.base, cible, actif=False)
    return _back(cible)


def _open(demande: Demande, cible: Compte) -> Response:
    _note(demande, "ouverture", cible)
    accounts.set_active(demande.portail.base, cible, actif=True)
    return _back(cible)


def _is_oneself(demande: Demande, cible: Compte) -> bool:
    return cible.id == demande.connue.compte.id


def _back(cible: Compte) -> Response:
    return RedirectResponse(f"/administration/comptes/{cible.id}", 303)


def _target(demande: Demande) -> Compte:
    found = accounts.find_account(demande.portail.base, id=int(demande.chemin["id"]))
    if found is None:
        raise RefusError(404)
    return found


def _note(demande: Demande, geste: str, cible: Compte) -> None:
    details: dict[str, str | int] = {"geste": geste, "compte": cible.id}
    if geste in ("creation", "droits"):
        details["roles"] = " ".join(sorted(demande.choix.get("role", [])))
        details["plateformes"] = len(_platforms(demande))
    demande.portail.note("compte", demande.connue.compte.courriel, details)


def _platforms(demande: Demande) -> list[str]:
    """Read the platforms that were typed.

    Raises:
        CompteRefuseError: no campaign has a list of that code.
    """
    asked = {code for code in BETWEEN.split(demande.form.get("psad", "")) if code}
    unknown = asked - known_platforms(demande)
    if unknown:
        raise CompteRefuseError(
            f"{len(unknown)} code(s) de plateforme inconnu(s) : la page Plateformes les donne tous."
        )
    return sorted(asked)


def known_platforms(demande: Demande) -> set[str]:
    return {
        psad
        for prepared in prepared_campaigns(demande.portail.sortie).values()
        for psad in prepared.platforms()
    }


def platforms(demande: Demande) -> Response:
    """List the platforms with who coordinates each: those without anybody are seen."""
    held: dict[str, list[Compte]] = {}
    for compte in accounts.list_accounts(demande.portail.base):
        if compte.actif and Role.COORDONNATEUR in compte.roles:
            for psad in compte.psads:
                held.setdefault(psad, []).append(compte)
    publications = demande.portail.lecteur.publications()
    newest = next(iter(publications.items()), None)
    comptes = newest[1].comptes if newest else {}
    rows = [
        (psad, comptes.get(psad), held.get(psad, []))
        for psad in sorted(known_platforms(demande) | set(comptes))
    ]
    return demande.page(
        "plateformes.html.j2",
        plateformes=rows,
        sans=sum(not who and (counts is None or counts.inscrits > 0) for _, counts, who in rows),
        code=newest[0] if newest else None,
    )


def log(demande: Demande) -> Response:
    """Show the newest entries of the audit log, and whether its chain is whole."""
    portail = demande.portail
    try:
        state = audit.verify(portail.sortie, cle=portail.cle)
        entries = audit.read_entries(portail.sortie)[-SHOWN:][::-1]
    except SieiError:
        raise RefusError(503, "Le journal ne se lit pas. Lancez siei audit verify.") from None
    return demande.page("journal.html.j2", entrees=entries, etat=state, montrees=SHOWN)
