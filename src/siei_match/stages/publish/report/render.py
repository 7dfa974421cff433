"""Put the report together."""

from collections.abc import Mapping
from functools import cache
from typing import Final

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from siei_match import __version__
from siei_match.output.databases.cohorts import DEVENIRS, describe_cohortes
from siei_match.output.manifest import Execution
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.stages.publish.report.changes import describe_changes
from siei_match.stages.publish.report.counts import count_by
from siei_match.stages.publish.report.delivery import compare_extraits, describe_rejets
from siei_match.stages.publish.report.flow import describe_decisions, draw_flow
from siei_match.stages.publish.report.linkage import (
    ISSUES,
    METHODES,
    count_couples,
    count_methodes,
    draw_weights,
)
from siei_match.stages.publish.report.places import describe_lieux
from siei_match.stages.publish.report.previous import Precedente
from siei_match.stages.publish.report.words import ETAPES, FILTRES, SANS_MESURE
from siei_match.stages.publish.results import Resultats

PETITS: Final = 20
"""Pairs of sources with fewer links are not worth a line of the report."""


def render_report(
    execution: Execution,
    resultats: Resultats,
    etapes: Mapping[str, int],
    precedente: Precedente | None = None,
) -> str:
    """Return the report's HTML: the same for the same arguments.

    No personal value: only counts, codes and names of files. `precedente` is the campaign to
    compare with (`read_precedente`).
    """
    environment = _environment()
    decisions = describe_decisions(resultats.decisions)
    listes = resultats.listes
    return environment.get_template("rapport.html.j2").render(
        execution=execution,
        precedente=precedente,
        version=__version__,
        etapes=etapes,
        noms_etapes=ETAPES,
        extraits=compare_extraits(execution, precedente),
        rejets=describe_rejets(resultats.rejets, precedente),
        methodes=count_by(resultats.identites, "methode", METHODES),
        par_extrait=count_methodes(resultats.identites),
        sources=count_couples(resultats.identites, resultats.liens),
        poids=draw_weights(resultats.liens, execution.seuils),
        nom_issues=ISSUES,
        issues=count_by(resultats.liens, "issue", ISSUES),
        passes=sorted(execution.passes, key=lambda p: (-p.plus_grand_bloc, p.nom)),
        **_describe_errors(execution),
        decisions=decisions,
        flux=draw_flow(decisions, etapes["personnes"]),
        lieux=describe_lieux(listes, resultats.psad, precedente),
        changements=describe_changes(resultats, precedente) if precedente else None,
        cohortes=describe_cohortes(execution.campagne.code, resultats.devenirs),
        devenirs=DEVENIRS,
        minimum=SMALL_COUNT,
        mineurs=listes.filter(pl.col("public") == "obligation_formation").height,
        suivis=listes.filter(pl.col("suivi_mission_locale") == "oui").height,
        synthetiques=resultats.psad.filter(pl.col("synthetique") == "oui").height,
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
    made.filters.update(FILTRES)
    return made


def _describe_errors(execution: Execution) -> dict[str, object]:
    erreurs = execution.erreurs_estimees
    couples = [c for c in erreurs.couples if c.liens >= PETITS] if erreurs else []
    return {
        "erreurs": erreurs,
        "motifs_sans_mesure": SANS_MESURE,
        "couples": couples,
        "petits": len(erreurs.couples) - len(couples) if erreurs else 0,
        "seuil_petits": PETITS,
    }
