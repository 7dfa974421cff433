"""Put the report together."""

from collections.abc import Mapping
from functools import cache
from typing import Final

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from siei_match import __version__
from siei_match.output.ages import describe_sources, expect_unseen
from siei_match.output.databases.cohorts import DEVENIRS, describe_cohortes
from siei_match.output.manifest import Execution
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.stages.publish.report.bac import describe_bac
from siei_match.stages.publish.report.changes import count_causes, describe_changes
from siei_match.stages.publish.report.counts import count_by
from siei_match.stages.publish.report.delivery import compare_extracts, describe_rejets
from siei_match.stages.publish.report.essentials import describe_essentials
from siei_match.stages.publish.report.fairness import PROFILES, describe_fairness
from siei_match.stages.publish.report.flow import describe_decisions, draw_flow
from siei_match.stages.publish.report.linkage import (
    ISSUES,
    METHODS,
    count_couples,
    count_methods,
    draw_weights,
)
from siei_match.stages.publish.report.places import describe_places
from siei_match.stages.publish.report.plausible import compare_columns, compare_years
from siei_match.stages.publish.report.previous import PreviousCounts
from siei_match.stages.publish.report.replies import describe_replies
from siei_match.stages.publish.report.words import (
    CAUSES,
    DRIFTS,
    ETAPES,
    FILTERS,
    SHORT_CAUSES,
    WITHOUT_MEASURE,
)
from siei_match.stages.publish.results import CampaignTables, scan

SMALL: Final = 20
"""Pairs of sources with fewer links are not worth a line of the report."""


def render_report(
    execution: Execution,
    results: CampaignTables,
    etapes: Mapping[str, int],
    previous: PreviousCounts | None = None,
) -> str:
    """Return the report's HTML: the same for the same arguments.

    No personal value: only counts, codes and names of files. `previous` is the campaign to
    compare with (`read_previous_counts`).
    """
    environment = _environment()
    decisions = describe_decisions(scan(results.decisions))
    lists, code = results.listes, execution.campagne.code
    causes, groups = count_causes(results.mouvements), describe_fairness(execution.groupes)
    cohortes = describe_cohortes(code, results.devenirs)
    minors = lists.filter(pl.col("public") == "obligation_formation").height
    return environment.get_template("rapport.html.j2").render(
        execution=execution,
        previous=previous,
        version=__version__,
        etapes=etapes,
        step_names=ETAPES,
        extracts=compare_extracts(execution, previous),
        columns=compare_columns(execution, previous),
        years=compare_years(execution, previous),
        rejets=describe_rejets(results.rejets, previous),
        methods=count_by(results.identites, "methode", METHODS),
        par_extrait=count_methods(results.identites),
        sources=count_couples(results.identites, results.liens),
        weights=draw_weights(results.liens, execution.seuils),
        nom_issues=ISSUES,
        issues=count_by(results.liens, "issue", ISSUES),
        groupes=groups,
        profils=[told for told in groups if told[0] in PROFILES],
        reponses=describe_replies(results, previous) if previous else [],
        essentials=describe_essentials(
            execution,
            etapes,
            decisions,
            causes,
            cohortes,
            DEVENIRS,
            minors=minors,
            previous=previous.code if previous else None,
        ),
        sources_ages=describe_sources(execution.entrees, execution.campagne.date_observation),
        bac=describe_bac(results.bac_general, results.psad),
        unseen=expect_unseen(execution.invisibles, etapes["listees"]),
        passes=sorted(execution.passes, key=lambda p: (-p.plus_grand_bloc, p.nom)),
        **_describe_errors(execution),
        decisions=decisions,
        flux=draw_flow(decisions, etapes["personnes"]),
        places=describe_places(lists, results.psad, previous),
        changes=describe_changes(results, previous) if previous else None,
        causes=causes,
        cause_names=CAUSES,
        short_causes={**CAUSES, **SHORT_CAUSES},
        noms_ecarts=DRIFTS,
        cohortes=cohortes,
        devenirs=DEVENIRS,
        minimum=SMALL_COUNT,
        mineurs=minors,
        suivis=lists.filter(pl.col("suivi_mission_locale") == "oui").height,
        synthetic=results.psad.filter(pl.col("synthetique") == "oui").height,
    )


@cache
def _environment() -> Environment:
    """Return the templates, compiled once a process: a purge writes a report per campaign."""
    made = Environment(
        loader=PackageLoader("siei_match.stages.publish", "templates"),
        autoescape=select_autoescape(["html", "css", "j2"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    return made


def _describe_errors(execution: Execution) -> dict[str, object]:
    errors = execution.erreurs_estimees
    couples = [c for c in errors.couples if c.liens >= SMALL] if errors else []
    return {
        "erreurs": errors,
        "motifs_sans_mesure": WITHOUT_MEASURE,
        "couples": couples,
        "petits": len(errors.couples) - len(couples) if errors else 0,
        "seuil_petits": SMALL,
    }
