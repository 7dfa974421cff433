"""An administrator's pages on campaigns: where each stands, what holds it back, the three acts."""

from collections.abc import Callable
from typing import Final

from starlette.responses import RedirectResponse, Response

from siei_match.output import prepared_campaigns
from siei_match.portal.access import Demande, RefusError
from siei_match.reference.errors import OutputError
from siei_match.release import (
    Acte,
    ActRefusedError,
    Situation,
    archive,
    read_parutions,
    release,
    situate,
    withdraw,
)
from siei_match.release.states import Etat, next_state

BUSY: Final = (
    "Le dossier n'a pas pu être écrit : une exécution est peut-être en cours, ou un fichier est "
    "abîmé. Rien n'a changé. Réessayez plus tard ; si cela dure, lancez siei release sur le serveur."
)
UNCONFIRMED: Final = "Cochez la case de confirmation. Rien n'a changé."
HELD: Final = (
    "La campagne reste préparée : une garde la retient, ou un motif manque (de 10 à 300 "
    "caractères, sur une ligne)."
)
IMPOSSIBLE: Final = "Cet état ne le permet pas. Rien n'a changé."


def campaigns(demande: Demande) -> Response:
    """List every campaign of the folder with its state, newest first."""
    sortie = demande.portail.sortie
    parutions = read_parutions(sortie)
    codes = sorted({*prepared_campaigns(sortie), *parutions}, reverse=True)
    return demande.page(
        "administration.html.j2",
        campagnes=[
            (
                code,
                parutions[code].etat if code in parutions else Etat.PREPAREE,
                parutions.get(code),
            )
            for code in codes
        ],
    )


def campaign(demande: Demande) -> Response:
    return _show(demande, demande.chemin["code"])


def _show(demande: Demande, code: str, erreur: str = "", status: int = 200) -> Response:
    situation = _situate(demande, code)
    return demande.page(
        "publication.html.j2",
        status,
        situation=situation,
        erreur=erreur,
        possibles={acte for acte in Acte if next_state(situation.etat, acte)},
        saisis=demande.form,
    )


def _situate(demande: Demande, code: str) -> Situation:
    portail = demande.portail
    if code not in prepared_campaigns(portail.sortie):
        raise RefusError(404)
    try:
        return situate(portail.sortie, code, portail.gardes)
    except OutputError:
        raise RefusError(503, BUSY) from None


def publish(demande: Demande) -> Response:
    """Release a campaign; each gate that is overridden comes with its reason."""
    motifs = {
        name.removeprefix("motif_"): value.strip()
        for name, value in demande.form.items()
        if name.startswith("motif_") and value.strip()
    }

    def act(code: str) -> None:
        portail, par = demande.portail, demande.connue.compte.courriel
        release(portail.sortie, code, portail.gardes, acteur=portail.acteur(par), malgre=motifs)

    return _carry_out(demande, act, HELD)


def take_back(demande: Demande) -> Response:
    portail, par = demande.portail, demande.connue.compte.courriel
    return _carry_out(
        demande, lambda code: withdraw(portail.sortie, code, acteur=portail.acteur(par)), IMPOSSIBLE
    )


def close(demande: Demande) -> Response:
    portail, par = demande.portail, demande.connue.compte.courriel

    def act(code: str) -> None:
        archive(portail.sortie, code, acteur=portail.acteur(par))

    return _carry_out(demande, act, IMPOSSIBLE)


def _carry_out(demande: Demande, act: Callable[[str], None], refused: str) -> Response:
    code = demande.chemin["code"]
    if code not in prepared_campaigns(demande.portail.sortie):
        raise RefusError(404)
    if demande.form.get("confirme") != "oui":
        return _show(demande, code, UNCONFIRMED, 403)
    try:
        act(code)
    except ActRefusedError:
        return _show(demande, code, refused, 403)
    except OutputError:
        return _show(demande, code, BUSY, 503)
    return RedirectResponse(f"/administration/campagnes/{code}", 303)
