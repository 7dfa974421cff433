"""The pages of a region or an académie: how far platforms are, without a name; a file of the same."""

from io import BytesIO
from typing import Any

import polars as pl
from starlette.responses import Response

from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.portal.lists.reader import ReleasedCampaign
from siei_match.portal.progress.counting import count_work, sum_work, veil_work
from siei_match.reference.files import bytes_sha256
from siei_match.release.permissions import Permission
from siei_match.release.policies import allows

HEADINGS = {
    "psad": "plateforme", "nom": "nom", "listed": "jeunes", "contacted": "contactes",
    "reached": "joints", "in_training": "en_formation", "delay": "delai_premier_contact",
    "opened": "liste_ouverte",
}  # fmt: skip
"""The columns of the file, in its order."""


def show(visit: Visit) -> Response:
    """Show the counts of every released campaign, the newest first."""
    shown = [
        (code, publication, *_counts(visit, code, publication))
        for code, publication in visit.portal.reader.publications().items()
        if allows(Permission.SEE_PROGRESS, publication.released.etat)
    ]
    _note(visit, "avancement", {})
    return visit.page("avancement.html.j2", campagnes=shown)


def _counts(
    visit: Visit, code: str, publication: ReleasedCampaign
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    exact = count_work(visit.portal, code, publication, visit.known.account.psads)
    veiled = veil_work(exact)
    unopened = veiled.filter(~pl.col("opened")).height
    return veiled.to_dicts(), sum_work(exact) | {"unopened": unopened}


def download(visit: Visit) -> Response:
    """Send the same counts as a file: what is hidden on screen is empty there."""
    code = visit.chemin["code"]
    publication = visit.portal.reader.publication(code)
    if publication is None or not allows(Permission.SEE_PROGRESS, publication.released.etat):
        raise RefusalError(404)
    told = veil_work(count_work(visit.portal, code, publication, visit.known.account.psads))
    content = BytesIO()
    told.select(*HEADINGS).rename(HEADINGS).write_csv(
        content, separator=";", include_bom=True, line_terminator="\r\n", decimal_comma=True
    )
    name = f"avancement-{code}.csv"
    sealed = {name: bytes_sha256(content.getvalue())}
    _note(visit, "avancement_fichier", {"campagne": code}, sealed)
    return Response(
        content.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _note(
    visit: Visit, what: str, details: dict[str, str], files: dict[str, str] | None = None
) -> None:
    """Note who looks at counts, before they are sent."""
    visit.portal.note(
        "consultation", visit.known.account.courriel, {"page": what, **details}, files
    )
