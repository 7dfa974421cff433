"""The two databases, from the folders of the campaigns and what stands in no folder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from siei_match.output import BASES, MEMOIRE, PreparedCampaign, read_table
from siei_match.output.databases.breakdowns import count_breakdowns
from siei_match.output.databases.building import DatabaseBuild, list_statements, siei_statements
from siei_match.output.databases.cohorts import count_cohortes
from siei_match.output.databases.headcounts import count_people, join_levels
from siei_match.output.databases.intervals import tell_intervals
from siei_match.output.databases.references import (
    read_communes,
    read_diplomes,
    read_domaines,
    read_mef,
)
from siei_match.output.estimates import EstimatedErrors, IntervalRecord
from siei_match.output.freshness import CampaignState, campaign_state, compare_states
from siei_match.output.manifest import Execution, Manifest, SealedFile
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.files import PRIVATE, SHARED

SIEI, LISTS = BASES
COARSENESS = 10
"""Of campaigns of a version that did not say."""
HISTORIQUE = "historique.parquet"
"""In DIR/memoire: what can still be counted of purged campaigns."""


@dataclass(frozen=True)
class CampaignDescription:
    """What siei.duckdb says of a campaign: a row of tables/campagnes but `a_reexecuter`, which its
    state among the others tells.
    """

    row: Mapping[str, Any]
    state: CampaignState
    coarseness: int
    """How many people must share what siei.duckdb shows of one (setting `grossierete`)."""
    errors: EstimatedErrors | None


@dataclass(frozen=True)
class References:
    """What siei.duckdb holds beside the campaigns' tables, each as declared in schemas/tables."""

    psad: pl.DataFrame
    psad_communes: pl.DataFrame
    history: pl.DataFrame


def start_siei(
    bases: DatabaseBuild,
    base: Path,
    campaigns: Mapping[str, PreparedCampaign],
    descriptions: Mapping[str, CampaignDescription],
    references: References,
    travail: Path,
) -> None:
    """Start to build siei.duckdb at `base`.

    Args:
        bases: the databases being built.
        base: the file to make.
        campaigns: every campaign, oldest first.
        descriptions: what `read_description` says of each of them.
        references: see there.
        travail: a private folder for the tables that stand in no campaign's folder.
    """
    coarseness = {code: told.coarseness for code, told in descriptions.items()}
    counts = count_people(campaigns, references.psad)
    tables = {
        "campagnes": conform(describe_campaigns(descriptions), "tables/campagnes"),
        "historique": conform(references.history, "tables/historique"),
        "erreurs_estimees": tell_errors(descriptions),
        "cohortes": count_cohortes(
            {code: campaign.table("devenirs") for code, campaign in campaigns.items()},
            references.psad,
        ),
        **counts,
        "intervalles": tell_intervals(
            campaigns,
            {code: told.errors for code, told in descriptions.items()},
            join_levels(counts),
            references.psad,
        ),
        "ventilations": count_breakdowns(
            campaigns, coarseness, references.psad, references.psad_communes
        ),
        "psad": conform(references.psad, "tables/psad"),
        "psad_communes": conform(references.psad_communes, "tables/psad_communes"),
        "communes": read_communes(),
        "diplomes": read_diplomes(),
        "domaines": read_domaines(),
        "mef": read_mef(),
    }
    bases.start(base, siei_statements(campaigns, tables, travail, coarseness), SHARED)


def start_lists(
    bases: DatabaseBuild, base: Path, campaigns: Mapping[str, PreparedCampaign]
) -> None:
    """Start to build listes.duckdb at `base`, from the lists of `campaigns`."""
    bases.start(base, list_statements(campaigns), PRIVATE)


def read_historique(sortie: Path) -> pl.DataFrame:
    """Return what was kept of purged campaigns (schemas/tables/historique.json)."""
    path = sortie / MEMOIRE / HISTORIQUE
    if path.exists():
        return read_table(path)
    return pl.DataFrame(schema=declaration("tables/historique").polars_schema)


def describe_campaigns(descriptions: Mapping[str, CampaignDescription]) -> pl.DataFrame:
    """Return one row per campaign, oldest first (schemas/tables/campagnes.json)."""
    stale = compare_states(told.state for told in descriptions.values())
    rows = [
        {**told.row, "a_reexecuter": code in stale} for code, told in sorted(descriptions.items())
    ]
    return pl.DataFrame(rows, declaration("tables/campagnes").polars_schema)


def read_description(campaign: PreparedCampaign) -> CampaignDescription:
    """Return what the manifest of a campaign says of it.

    Raises:
        OutputError: the manifest is missing, damaged, or lacks a count.
    """
    manifest = campaign.manifest()
    try:
        return describe_campaign(manifest, manifest.version, manifest.etapes, manifest.fichiers)
    except KeyError:
        raise campaign.refuse_manifest() from None


def describe_campaign(
    told: Manifest | Execution,
    version: str,
    counts: Mapping[str, int],
    files: Iterable[SealedFile],
) -> CampaignDescription:
    """Describe a campaign; `counts` are those of every step, `files` those that later ones read."""
    row = {
        "campagne": told.campagne.code,
        "date_observation": told.campagne.date_observation,
        "annee_scolaire": told.campagne.annee_scolaire,
        "definition": told.campagne.definition,
        "version": version,
        "cle": told.cle,
        "lignes_lues": counts["lues"],
        "lignes_valides": counts["valides"],
        "lignes_rejetees": counts["rejetees"],
        "personnes": counts["personnes"],
        "paires": counts["paires"],
        "personnes_champ": counts["decidees"],
        "sortants": counts["sortants"],
        "a_verifier": counts["a_verifier"],
    }
    coarseness = int(told.reglages.get("grossierete", COARSENESS))
    state = campaign_state(told, files)
    return CampaignDescription(row, state, coarseness, told.erreurs_estimees)


def tell_errors(descriptions: Mapping[str, CampaignDescription]) -> pl.DataFrame:
    """Return what each campaign expects of its errors, in both ways (schemas/tables/erreurs_estimees.json)."""
    rows: list[tuple[Any, ...]] = []

    def add(
        code: str, method: str, places: tuple[str | None, str | None], **found: IntervalRecord
    ) -> None:
        rows.extend(
            (code, method, kind, *places, told.estimation, told.bas, told.haut)
            for kind, told in found.items()
        )

    for code, described in sorted(descriptions.items()):
        errors = described.errors
        if errors is None:
            continue
        for one in (errors.ensemble, *errors.couples):
            if one is not None:
                names = (getattr(one, "extrait_a", None), getattr(one, "extrait_b", None))
                add(code, "premiere", names, manques=one.manques, faux=one.faux)
        again = errors.seconde
        if again is not None:
            add(code, "seconde", (None, None), manques=again.manques, faux=again.faux)
            for couple in again.couples:
                add(code, "seconde", (couple.extrait_a, couple.extrait_b), manques=couple.manques)
    schema = declaration("tables/erreurs_estimees").polars_schema
    return pl.DataFrame(rows, schema, orient="row")
