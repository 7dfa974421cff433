"""A coordinator's pages: campaigns, one list's counts, and the list itself."""

import re

from starlette.responses import Response

from siei_match.portal.door.visit import RefusError, Visit, require_platform
from siei_match.portal.lists import chart
from siei_match.portal.lists.reader import FORMATS, Comptes, ReleasedCampaign
from siei_match.release.permissions import Permission
from siei_match.release.policies import allows

FILE_NAME = re.compile(r"[^A-Za-z0-9_.-]")
SLOW = "Beaucoup de téléchargements en peu de temps. Attendez une minute."


def campaigns(visit: Visit) -> Response:
    """Show the released campaigns of one's platforms, newest first."""
    psads = visit.connue.compte.psads
    shown = [
        (code, publication, mine)
        for code, publication in visit.portail.lecteur.publications().items()
        if allows(Permission.VOIR_LISTES, publication.parution.etat)
        and (mine := [publication.comptes[p] for p in sorted(psads) if p in publication.comptes])
    ]
    return visit.page("campagnes.html.j2", campagnes=shown)


def one_list(visit: Visit) -> Response:
    """Show the counts of one platform's list, over the campaigns, and ways to download it."""
    code, psad = visit.chemin["code"], visit.chemin["psad"]
    publication, comptes = require_list(visit, code, psad, Permission.VOIR_LISTES)
    barres = [
        chart.Barre(known, other.comptes[psad])
        for known, other in sorted(visit.portail.lecteur.publications().items())
        if psad in other.comptes
        and known <= code
        and allows(Permission.VOIR_LISTES, other.parution.etat)
    ]
    return visit.page(
        "liste.html.j2",
        code=code,
        publication=publication,
        comptes=comptes,
        barres=barres,
        graphique=chart.draw(barres),
        ouverte=allows(Permission.TELECHARGER, publication.parution.etat),
    )


def download(visit: Visit) -> Response:
    """Send a list, after noting who takes it, and which bytes."""
    portail, compte = visit.portail, visit.connue.compte
    code, psad, format = (visit.chemin[name] for name in ("code", "psad", "format"))  # noqa: A001
    if format not in FORMATS:
        raise RefusError(404)
    require_list(visit, code, psad, Permission.TELECHARGER)
    if not portail.telechargements.take(str(compte.id), portail.horloge()):
        raise RefusError(429, SLOW)
    fichier = portail.lecteur.read(code, psad, format)
    if fichier is None:
        raise RefusError(404)
    name = f"liste-{code}-{FILE_NAME.sub('_', psad)}.{format}"
    details: dict[str, str | int] = {
        "campagne": code, "psad": psad, "format": format, "lignes": fichier.lignes, "voie": "page",
    }  # fmt: skip
    portail.note("acces", compte.courriel, details, {name: fichier.sha256})
    return Response(
        fichier.contenu,
        media_type=FORMATS[format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def require_list(
    visit: Visit, code: str, psad: str, permission: Permission
) -> tuple[ReleasedCampaign, Comptes]:
    """Return a released list that this account may have; anything else is a page that is not there.

    Raises:
        RefusError: the platform is another's, or the campaign's state does not allow it.
    """
    require_platform(visit, psad)
    publication = visit.portail.lecteur.publication(code)
    if publication is None or psad not in publication.comptes:
        raise RefusError(404)
    if not allows(permission, publication.parution.etat):
        raise RefusError(404)
    return publication, publication.comptes[psad]
