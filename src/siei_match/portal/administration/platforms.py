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
        for prepared in prepared_campaigns(visit.portal.sortie).values()
        for psad in prepared.platforms()
    }


def show(visit: Visit) -> Response:
    """List the platforms with who coordinates each: those without anybody are seen."""
    held: dict[str, list[Account]] = {}
    for account in accounts.list_accounts(visit.portal.base):
        if account.active and Role.COORDINATOR in account.roles:
            for psad in account.psads:
                held.setdefault(psad, []).append(account)
    publications = visit.portal.reader.publications()
    newest = next(iter(publications.items()), None)
    tallies = newest[1].counts if newest else {}
    rows = [
        (psad, tallies.get(psad), held.get(psad, []))
        for psad in sorted(known_platforms(visit) | set(tallies))
    ]
    return visit.page(
        "plateformes.html.j2",
        platforms=rows,
        sans=sum(not who and (counts is None or counts.inscrits > 0) for _, counts, who in rows),
        code=newest[0] if newest else None,
    )
