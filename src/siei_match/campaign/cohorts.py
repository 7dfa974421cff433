"""The people of past lists, looked at again; and those of this one, noted for the next ones."""

import polars as pl

from siei_match.campaign.results import require_equal
from siei_match.campaign.some_people import read_people
from siei_match.campaign.worksite import Worksite
from siei_match.output import read_earlier
from siei_match.reference.redirections import follow
from siei_match.stages.decide import Observation, describe_profils, follow_lists

PROFILS = "profils"
CYCLES = "cycles"


def follow_cohorts(
    worksite: Worksite,
    code: str,
    answers: pl.DataFrame,
    observation: Observation,
) -> None:
    """Write `devenirs`: one row for everybody on every list before this campaign."""
    sortie = worksite.staging.sortie
    profils = read_earlier(sortie, code, PROFILS).with_columns(id_now="id_personne")
    told = read_earlier(sortie, code, "redirections")
    redirections = pl.concat([told, worksite.read("redirections")])
    followed = follow(profils, redirections, "id_now")
    people = read_people(worksite, followed.select(id_personne="id_now").unique())
    devenirs = follow_lists(
        followed,
        people,
        worksite.read_rows("titres", people.members, "rid", "niveau"),
        answers,
        observation,
    )
    require_equal("devenirs", devenirs.height, "people of past lists", profils.height)
    worksite.write(devenirs, "devenirs")


def note_profils(
    worksite: Worksite, signalements: pl.DataFrame, lists: pl.DataFrame, zones: pl.DataFrame
) -> None:
    """Write the annex `profils`: what later campaigns keep of the people listed by this one."""
    profils = describe_profils(signalements, worksite.read(CYCLES), lists, zones)
    require_equal("profils", profils.height, "signalements", signalements.height)
    worksite.write_final(profils, PROFILS)
