"""An administrator's pages on campaigns: where each stands, what holds it back, the three acts."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from starlette.responses import RedirectResponse, Response

from siei_match.output import prepared_campaigns
from siei_match.output.freshness import find_stale
from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.reference.errors import OutputError
from siei_match.release import (
    Act,
    ActRefusedError,
    Situation,
    archive,
    ask_release,
    list_asked,
    of_campaign,
    read_releases,
    release,
    situate,
    takes_two,
    withdraw,
)
from siei_match.release.states import ReleaseState, next_state

BUSY: Final = (
    "Le dossier n'a pas pu être écrit : une exécution est peut-être en cours, ou un fichier est "
    "abîmé. Rien n'a changé. Réessayez plus tard ; si cela dure, lancez siei release sur le serveur."
)
UNCONFIRMED: Final = "Cochez la case de confirmation. Rien n'a changé."
HELD: Final = (
    "La campagne reste préparée : un contrôle la bloque, ou un motif manque (de 10 à 300 "
    "caractères, sur une ligne)."
)
DONE: Final = {
    "publier": "La campagne est publiée : les plateformes voient leurs listes.",
    "demander": "La publication est demandée : une autre personne la confirme, ou l'écarte.",
    "retirer": "La campagne est retirée : plus personne ne voit ses listes.",
    "archiver": "La campagne est archivée : ses listes ne se téléchargent plus.",
}
IMPOSSIBLE: Final = "Cet état ne le permet pas. Rien n'a changé."


def list_all(visit: Visit) -> Response:
    """List every campaign of the folder with its state, newest first."""
    sortie = visit.portal.sortie
    releases = read_releases(sortie)
    codes = sorted({*prepared_campaigns(sortie), *releases}, reverse=True)
    return visit.page(
        "administration.html.j2",
        stale=_stale(sortie),
        campagnes=[
            (
                code,
                releases[code].etat if code in releases else ReleaseState.PREPARED,
                releases.get(code),
            )
            for code in codes
        ],
    )


def _stale(sortie: Path) -> Collection[str]:
    """Return the campaigns to be run again; the page of a damaged one says that it is."""
    try:
        return find_stale(sortie).keys()
    except OutputError:
        return ()


def show(visit: Visit) -> Response:
    return _show(visit, visit.chemin["code"])


def _show(visit: Visit, code: str, error: str = "", status: int = 200) -> Response:
    situation, portal = _situate(visit, code), visit.portal
    actor = portal.actor(visit.known.account.courriel)
    return visit.page(
        "publication.html.j2",
        status,
        situation=situation,
        error=error,
        done=DONE.get(visit.request.query_params.get("fait", ""), ""),
        asked=of_campaign(list_asked(portal.sortie, portal.gates, actor), code),
        two=takes_two(portal.gates, {g.nom: "" for g in situation.gates if g.held}),
        possibles={acte for acte in Act if next_state(situation.etat, acte)},
        typed=visit.form,
    )


def _situate(visit: Visit, code: str) -> Situation:
    portal = visit.portal
    if code not in prepared_campaigns(portal.sortie):
        raise RefusalError(404)
    try:
        return situate(portal.sortie, code, portal.gates)
    except OutputError:
        raise RefusalError(503, BUSY) from None


def publish(visit: Visit) -> Response:
    """Release a campaign; each gate that is overridden comes with its reason."""
    motifs = {
        name.removeprefix("motif_"): value.strip()
        for name, value in visit.form.items()
        if name.startswith("motif_") and value.strip()
    }

    two = takes_two(visit.portal.gates, motifs)

    def act(code: str) -> None:
        portal, par = visit.portal, visit.known.account.courriel
        what = ask_release if two else release
        what(portal.sortie, code, portal.gates, actor=portal.actor(par), despite=motifs)

    return _carry_out(visit, act, HELD, "demander" if two else "publier")


def take_back(visit: Visit) -> Response:
    portal, par = visit.portal, visit.known.account.courriel
    return _carry_out(
        visit,
        lambda code: withdraw(portal.sortie, code, actor=portal.actor(par)),
        IMPOSSIBLE,
        "retirer",
    )


def close(visit: Visit) -> Response:
    portal, par = visit.portal, visit.known.account.courriel

    def act(code: str) -> None:
        archive(portal.sortie, code, actor=portal.actor(par))

    return _carry_out(visit, act, IMPOSSIBLE, "archiver")


def _carry_out(visit: Visit, act: Callable[[str], None], refused: str, done: str) -> Response:
    code = visit.chemin["code"]
    if code not in prepared_campaigns(visit.portal.sortie):
        raise RefusalError(404)
    if visit.form.get("confirme") != "oui":
        return _show(visit, code, UNCONFIRMED, 403)
    try:
        act(code)
    except ActRefusedError:
        return _show(visit, code, refused, 403)
    except OutputError:
        return _show(visit, code, BUSY, 503)
    return RedirectResponse(f"/administration/campagnes/{code}?fait={done}", 303)
