"""Laws of dates in doubt: on random worlds, the decision with a doubt is that of its two readings."""

from dataclasses import replace
from datetime import date

import polars as pl
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from siei_match.reference.people import no_doubts
from siei_match.stages.decide.observation import LEGALE
from tests.examples import examples
from tests.properties.decide_mondes import (
    INSCRIPTIONS,
    REPERES,
    Monde,
    build_tables,
    mondes,
    proche,
)

NAMES = st.sampled_from(("debut", "fin", "rupture"))
Verdicts = dict[str, tuple[str, str]]


def verdicts(world: Monde, doubt: tuple[str, date, date] | None = None) -> Verdicts:
    """Decide a world; with `doubt`, its first row has that date in doubt."""
    tables = build_tables(world)
    if doubt:
        name, early, late = doubt
        dates = pl.DataFrame([(0, name, early, late)], schema=no_doubts().schema, orient="row")
        tables = replace(tables, people=replace(tables.people, dates=dates))
    found = tables.decide().decisions.select("id_personne", "statut", "motif").rows()
    return {person: (status, reason) for person, status, reason in found}


@settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(mondes(), INSCRIPTIONS, NAMES, proche(*REPERES), proche(*REPERES))
def test_a_date_of_two_readings_decides_as_both_or_leaves_a_doubt(
    world: Monde, row: dict, name: str, one: date, other: date
) -> None:
    """Both readings list: as they do. Neither does: not listed. One of them: listed, to be checked.

    By the legal definition: the operational one also asks which cycle was left last.
    """
    assume(world.observation.definition == LEGALE)
    world.doutes.clear()

    def reading(day: date | None) -> Monde:
        return replace(world, parcours=[{**row, name: day}, *world.parcours])

    early, late = sorted((one, other))
    first, second = verdicts(reading(early)), verdicts(reading(late))
    found = verdicts(reading(None), (name, early, late))
    person = row["personne"]
    listed = [told.get(person, ("",))[0] == "sortant" for told in (first, second)]
    if all(listed):
        # A mission locale may leave a doubt of its own, whatever the date.
        doubtful = ("sortant", "a_verifier") in (first[person], second[person])
        assert found[person] == ("sortant", "a_verifier" if doubtful else "confirme")
    elif any(listed):
        assert found[person] == ("sortant", "a_verifier")
    else:
        assert found.get(person, ("",))[0] != "sortant"
    others = [{p: v for p, v in told.items() if p != person} for told in (first, second, found)]
    assert others[0] == others[1] == others[2]


@settings(max_examples=examples(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(mondes(), INSCRIPTIONS, NAMES, proche(*REPERES))
def test_a_date_that_nobody_knows_hides_nobody(
    world: Monde, row: dict, name: str, day: date
) -> None:
    """Whatever an exit or a break was, whom it would leave on a list is on one."""
    assume(world.observation.definition == LEGALE and name != "debut")
    world.doutes.clear()
    rows = [{**row, name: day}, *world.parcours]
    told = verdicts(replace(world, parcours=rows)).get(row["personne"], ("",))
    unknown = [{**row, name: None}, *world.parcours]
    found = verdicts(replace(world, parcours=unknown), (name, None, None))
    if told[0] == "sortant":
        assert found[row["personne"]][0] == "sortant"
