"""An administrator's page on platforms: who coordinates each."""

from starlette.responses import Response

from siei_match.output import prepared_campaigns
from siei_match.portal.door.visit import Visit
from siei_match.portal.signin import accounts
from siei_match.portal.signin.accounts import Account
from siei_match.release.permissions import Role


def known_platforms(visit: Visit) -> set[str]:
    return {
        psad
        for prepared in prepared_campaigns(visit.portail.sortie).values()
        for psad in prepared.platforms()
    }


def show(visit: Visit) -> Response:
    """List the platforms with who coordinates each: those without anybody are seen."""
    held: dict[str, list[Account]] = {}
    for compte in accounts.list_accounts(visit.portail.base):
        if compte.actif and Role.COORDONNATEUR in compte.roles:
            for psad in compte.psads:
                held.setdefault(psad, []).append(compte)
    publications = visit.portail.lecteur.publications()
    newest = next(iter(publications.items()), None)
    comptes = newest[1].comptes if newest else {}
    rows = [
        (psad, comptes.get(psad), held.get(psad, []))
        for psad in sorted(known_platforms(visit) | set(comptes))
    ]
    return visit.page(
        "plateformes.html.j2",
        plateformes=rows,
        sans=sum(not who and (counts is None or counts.inscrits > 0) for _, counts, who in rows),
        code=newest[0] if newest else None,
    )
