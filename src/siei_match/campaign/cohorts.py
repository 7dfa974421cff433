"""The people of past lists, looked at again; and those of this one, noted for the next ones."""

import polars as pl

from siei_match.campaign.results import require_equal
from siei_match.campaign.worksite import Worksite
from siei_match.output import read_earlier
from siei_match.reference.people import People
from siei_match.reference.redirections import follow
from siei_match.stages.decide import Observation, describe_profils, follow_listes

PROFILS = "profils"
CYCLES = "cycles"


def follow_cohorts(
    chantier: Worksite,
    code: str,
    people: People,
    reponses: pl.DataFrame,
    observation: Observation,
) -> None:
    """Write `devenirs`: one row for everybody on every list before this campaign."""
    sortie = chantier.staging.sortie
    profils = read_earlier(sortie, code, PROFILS).with_columns(id_actuel="id_personne")
    told = read_earlier(sortie, code, "redirections")
    redirections = pl.concat([told, chantier.read("redirections")])
    devenirs = follow_listes(
        follow(profils, redirections, "id_actuel"),
        people,
        chantier.read("titres", "rid", "niveau"),
        reponses,
        observation,
    )
    require_equal("devenirs", devenirs.height, "people of past lists", profils.height)
    chantier.write(devenirs, "devenirs")


def note_profils(
    chantier: Worksite, signalements: pl.DataFrame, listes: pl.DataFrame, zones: pl.DataFrame
) -> None:
    """Write the annex `profils`: what later campaigns keep of the people listed by this one."""
    profils = describe_profils(signalements, chantier.read(CYCLES), listes, zones)
    require_equal("profils", profils.height, "signalements", signalements.height)
    chantier.write_final(profils, PROFILS)
