"""Every campaign that stands in place, both databases and the released copies, written again as one whole."""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import CAMPAGNES, Draft, PreparedCampaign, prepared_campaigns
from siei_match.output.databases.building import building
from siei_match.output.databases.contents import (
    LISTS,
    SIEI,
    References,
    read_description,
    read_historique,
    start_lists,
    start_siei,
)
from siei_match.output.databases.reading import RUN_AGAIN, reading
from siei_match.output.freshness import state_of
from siei_match.reference.contracts import declaration
from siei_match.reference.files import output_guard, unreadable
from siei_match.retention.folder import Modification, rewrite_folder
from siei_match.retention.movements import Predecessor
from siei_match.retention.released import rewrite_released

Plan = Callable[[PreparedCampaign], Modification | None]
"""From a campaign to what changes in it, None if nothing does."""
TRAVAIL: Final = "travail"
UNCHANGED: Final = Modification(lambda table, frame: frame, tables=lambda name: False)


def rewrite(
    draft: Draft,
    plan: Plan,
    *,
    purged: Collection[str] = (),
    history: pl.DataFrame | None = None,
) -> list[str]:
    """Prepare, in `draft`, what stands in place changed; return the names to put in place.

    The databases are new files, built from the folders as they will be: no block of the former
    ones is kept. `place_draft` puts it all in place.

    Args:
        draft: see `open_draft`.
        plan: what changes in each campaign.
        purged: campaigns that go; their folders are not read.
        history: what siei.duckdb says of purged campaigns, if it changes.

    Raises:
        OutputError: a campaign's folder or siei.duckdb is damaged, or the disk refused.
        ContractError: a changed table breaks its declaration.
    """
    with output_guard(draft.sortie):
        references = read_references(draft.sortie)
        if history is not None:
            references = replace(references, history=history)
        campaigns: dict[str, PreparedCampaign] = {}
        standing: dict[str, PreparedCampaign] = {}
        names: list[str] = []
        moved: dict[str, tuple[str, str]] = {}
        for code, source in prepared_campaigns(draft.sortie).items():
            if code in purged:
                standing[code] = source
                continue
            modification, name = plan(source) or UNCHANGED, f"{CAMPAGNES}/{code}"
            target = PreparedCampaign(code, draft.dossier / name)
            before = Predecessor(
                next(reversed(standing.values()), None), next(reversed(campaigns.values()), None)
            )
            if rewrite_folder(source, target, modification, references, before, moved):
                names.append(name)
                # What this act changes here, later campaigns go along with: it makes none stale.
                moved[code] = (_state(source), _state(target))
            campaigns[code] = target if name in names else source
            names += rewrite_released(draft, source, campaigns[code], modification, before)
            standing[code] = source
        if names or purged or history is not None:
            _build(draft, campaigns, references)
            names += [SIEI, LISTS]
    return names


def _state(campaign: PreparedCampaign) -> str:
    return state_of(campaign.manifest().fichiers)


def read_references(sortie: Path) -> References:
    """Return what stands in siei.duckdb and in no campaign's folder: the platforms' zones.

    Raises:
        OutputError: siei.duckdb is missing or damaged.
    """
    base = sortie / SIEI
    try:
        with reading(base) as connection:
            zones, communes = (
                connection.sql(f"SELECT * FROM {name}").pl().cast(_schema(name))  # noqa: S608
                for name in ("psad", "psad_communes")
            )
    except pl.exceptions.PolarsError:
        raise unreadable(base, RUN_AGAIN) from None
    return References(zones, communes, read_historique(sortie))


def _schema(name: str) -> pl.Schema:
    return pl.Schema(declaration(f"tables/{name}").polars_schema)


def _build(draft: Draft, campaigns: dict[str, PreparedCampaign], references: References) -> None:
    travail = draft.dossier / TRAVAIL
    travail.mkdir(mode=0o700)
    described = {code: read_description(campaign) for code, campaign in campaigns.items()}
    with building() as bases:
        start_siei(bases, draft.dossier / SIEI, campaigns, described, references, travail)
        start_lists(bases, draft.dossier / LISTS, campaigns)
