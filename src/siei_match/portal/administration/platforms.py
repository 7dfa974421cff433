"""An administrator's page on platforms: who coordinates each."""

import polars as pl
from starlette.responses import Response

from siei_match.collect.words import fold
from siei_match.output import prepared_campaigns
from siei_match.portal.administration.finding import cut
from siei_match.portal.door.visit import Visit
from siei_match.portal.lists.reader import ReleasedCampaign
from siei_match.portal.progress.counting import count_work
from siei_match.portal.signin import accounts
from siei_match.portal.signin.accounts import Account
from siei_match.release.permissions import Role


def known_platforms(visit: Visit) -> set[str]:
    return {
        psad
        for prepared in prepared_campaigns(visit.portal.sortie).values()
        for psad in prepared.platforms()
    }


def _answered(visit: Visit, code: str, publication: ReleasedCampaign) -> frozenset[str]:
    """Return the platforms that have answered since a campaign was released."""
    work = count_work(visit.portal, code, publication, set(publication.counts))
    return frozenset(work.filter(pl.col("contacted") > 0)["psad"])


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
    code = newest[0] if newest else ""
    opened = {
        row["psad"]: row["quand"][:10]
        for row in visit.portal.base.rows("select * from ouvertures where campagne = ?", code)
    }
    # Who answers works on its list, even one that came by another way than this page.
    answered = _answered(visit, *newest) - set(opened) if newest else frozenset()
    asked = visit.request.query_params
    words, state = fold(asked.get("q", "").casefold()).split(), asked.get("etat", "")
    kept = [
        (psad, counts, who)
        for psad, counts, who in rows
        if all(word in fold(f"{psad} {counts.nom if counts else ''}".casefold()) for word in words)
        and (
            state != "pas_ouverte"
            or (counts and counts.inscrits and psad not in {*opened, *answered})
        )
        and (state != "sans_coordonnateur" or not who)
        and (state != "avec_jeunes" or (counts and counts.inscrits))
    ]
    shown, part = cut(kept, asked, "q", "etat")
    return visit.page(
        "plateformes.html.j2",
        platforms=shown,
        part=part,
        opened=opened,
        answered=answered,
        asked={"q": asked.get("q", ""), "etat": state},
        waiting=sum(bool(c and c.inscrits and p not in {*opened, *answered}) for p, c, _ in rows),
        sans=sum(not who and (counts is None or counts.inscrits > 0) for _, counts, who in rows),
        code=code or None,
    )
