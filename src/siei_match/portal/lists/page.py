"""A coordinator's pages: campaigns, one list to work in, its call sheet."""

from typing import Any

import polars as pl
from starlette.responses import Response

from siei_match.output import movements_name
from siei_match.portal.door.visit import Visit
from siei_match.portal.lists import chart
from siei_match.portal.lists.contacts import call_links
from siei_match.portal.lists.desk import Desk, open_desk, require_list
from siei_match.portal.lists.progress import (
    FOUND_MAX,
    Filters,
    Tab,
    count_tabs,
    cut_page,
    search,
)
from siei_match.portal.lists.reader import ReleasedCampaign
from siei_match.portal.lists.words import CAUSES, CHOICES, TABS
from siei_match.portal.progress.counting import count_work, sum_work
from siei_match.release.permissions import Permission
from siei_match.release.policies import allows
from siei_match.stages.publish.answer_columns import LABELS

SHEET: tuple[Tab, ...] = (Tab.AGAIN, Tab.TO_CALL)
"""Who is on the call sheet, in this order."""


def campaigns(visit: Visit) -> Response:
    """Show the released campaigns of one's platforms, newest first."""
    psads = visit.known.account.psads
    shown = [
        (code, publication, mine, *_done(visit, code, publication))
        for code, publication in visit.portal.reader.publications().items()
        if allows(Permission.SEE_LISTS, publication.released.etat)
        and (mine := [publication.counts[p] for p in sorted(psads) if p in publication.counts])
    ]
    return visit.page("campagnes.html.j2", campagnes=shown)


def _done(
    visit: Visit, code: str, publication: ReleasedCampaign
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return what each of one's platforms has done with its list, and all of them together."""
    counted = count_work(visit.portal, code, publication, visit.known.account.psads)
    return {row["psad"]: row for row in counted.to_dicts()}, sum_work(counted)


def one_list(visit: Visit) -> Response:
    """Show one platform's list: whom to call, the filters, the ways to download it."""
    code, psad = visit.chemin["code"], visit.chemin["psad"]
    publication, _ = require_list(visit, code, psad, Permission.SEE_LISTS)
    if not allows(Permission.DOWNLOAD, publication.released.etat):
        return _counts_alone(visit)
    desk, asked = open_desk(visit), visit.request.query_params
    filters = Filters.read(asked)
    narrowed = desk.marked.filter(*filters.narrow(desk.today))
    rows = narrowed.filter(tab=str(filters.tab))
    if filters.tab == Tab.DONE:
        rows = rows.sort("day", "nom_naissance", "prenoms", descending=[True, False, False])
    if filters.tab == Tab.LEFT:
        rows = desk.left
    shown, page, pages = cut_page(rows, _number(asked.get("page", "1")))
    desk.note("ecran", len(shown))
    return visit.page(
        "liste.html.j2",
        **_frame(desk, filters),
        tabs=count_tabs(narrowed) | {str(Tab.LEFT): desk.left.height},
        rows=_tell(shown),
        total=rows.height,
        page=page,
        pages=pages,
        searched=None,
    )


def find(visit: Visit) -> Response:
    """Search the whole list for a name or a number; by a form, since an address stands in logs."""
    desk, words = open_desk(visit), visit.form.get("recherche", "")[:100]
    found = search(desk.marked, words)
    shown = found.head(FOUND_MAX).to_dicts()
    desk.note("recherche", len(shown))
    filters = Filters()
    return visit.page(
        "liste.html.j2",
        **_frame(desk, filters),
        tabs=count_tabs(desk.marked) | {str(Tab.LEFT): desk.left.height},
        rows=_tell(shown),
        total=found.height,
        page=1,
        pages=1,
        searched=words,
    )


def call_sheet(visit: Visit) -> Response:
    """Show whom to call as a sheet to print: the phones beside the name, room to write."""
    desk = open_desk(visit)
    filters = Filters.read(visit.request.query_params)
    marked = desk.marked.filter(*filters.narrow(desk.today))
    rows = pl.concat([marked.filter(tab=str(tab)) for tab in SHEET])
    desk.note("feuille", rows.height)
    return visit.page("appels.html.j2", **_frame(desk, filters), rows=_tell(rows.to_dicts()))


def _counts_alone(visit: Visit) -> Response:
    """Show what an archived list was; nobody is named any more."""
    code, psad = visit.chemin["code"], visit.chemin["psad"]
    publication, counts = require_list(visit, code, psad, Permission.SEE_LISTS)
    return visit.page(
        "archivee.html.j2", code=code, publication=publication, counts=counts,
        **_over_time(visit, code, psad),
    )  # fmt: skip


def _frame(desk: Desk, filters: Filters) -> dict[str, Any]:
    """Return what stands around the young people of a list."""
    towns = {town for town in desk.liste["commune"].to_list() if town}
    return {
        "code": desk.code,
        "publication": desk.publication,
        "counts": desk.counts,
        "moves": desk.publication.rows.get(movements_name(desk.psad)),
        "answered": desk.marked["retour"].count(),
        "filters": filters,
        "towns": sorted(towns),
        "today": desk.today,
        "TABS": TABS,
        "CHOICES": CHOICES,
        "LABELS": LABELS,
        "CAUSES": CAUSES,
        "platforms": desk.platforms(),
        **_over_time(desk.visit, *desk.path),
    }


def _over_time(visit: Visit, code: str, psad: str) -> dict[str, Any]:
    """Return the counts of a list over the campaigns, as a chart and as numbers."""
    bars = [
        chart.Bar(known, other.counts[psad])
        for known, other in sorted(visit.portal.reader.publications().items())
        if psad in other.counts
        and known <= code
        and allows(Permission.SEE_LISTS, other.released.etat)
    ]
    return {"bars": bars, "chart": chart.draw(bars)}


def _tell(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to rows of a list what a page says of them."""
    return [
        row | {"calls": call_links(row) if "telephones" in row else [], "name": name_of(row)}
        for row in rows
    ]


def name_of(row: dict[str, Any]) -> str:
    """Return how somebody is called: QUEMENER (LE GOFF) Maëlys."""
    born, used = row["nom_naissance"], row["nom_usage"]
    both = f"{born} ({used})" if born and used and used != born else born or used or ""
    return f"{both} {row['prenoms'] or ''}".strip()


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else 1
