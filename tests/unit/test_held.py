"""People do not flicker: what was one person last time parts on less than joins what is new."""

import numpy as np
import polars as pl
import pytest

from siei_match.campaign.linkage import describe_counts, warn_of_lives
from siei_match.reference.settings import Settings
from siei_match.stages.identify.identities import PeopleRows, identify
from siei_match.stages.identify.recalling import Known, recall
from siei_match.stages.link import link
from siei_match.stages.link.declared.spec import siei
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.model.model import to_bits
from siei_match.stages.link.people.cores import count_kept, find_cores
from siei_match.stages.link.people.grouping import agglomerate
from siei_match.stages.link.people.held import LEEWAY, Before, identifiers_differ, mark_held
from siei_match.stages.link.people.trace import Trace
from tests.unit.test_link_grouping import MODEL, evidence
from tests.worlds import small_world

CLE = b"une cle de test, longue de plus de trente-deux octets"


def people_of(edges: list[tuple[int, int, float]], held: dict[tuple[int, int], float]) -> set:
    """The people of four groups, of whose pairs some may miss the threshold by so many bits."""
    told = evidence(edges)
    leeways = [held.get((ga, gb), 0.0) for ga, gb in told.select("ga", "gb").iter_rows()]
    labels = agglomerate(
        np.ones(4, dtype=np.int64),
        told.with_columns(pl.Series(LEEWAY, leeways)),
        lien_bits=3.0,
        model=MODEL,
    )
    return {frozenset(np.flatnonzero(labels == p).tolist()) for p in set(labels.tolist())}


# The evidence of an edge is its weight less ten bits: 12.0 is 2 bits, one below the threshold of 3.
@pytest.mark.parametrize(
    ("edges", "held", "together"),
    [
        ([(0, 1, 12.0)], {}, False),
        ([(0, 1, 12.0)], {(0, 1): 2.0}, True),
        # Below the lower threshold they part all the same.
        ([(0, 1, 10.5)], {(0, 1): 2.0}, False),
        # Yesterday is no evidence about anybody else.
        ([(0, 1, 12.0), (2, 3, 20.0)], {(2, 3): 2.0}, False),
        # A third group that fits better and is surely somebody else takes the row.
        ([(0, 1, 12.0), (0, 2, 20.0), (1, 2, -12.0)], {(0, 1): 2.0}, False),
    ],
)
def test_who_stays_together(edges, held, together: bool) -> None:
    assert any({0, 1} <= part for part in people_of(edges, held)) == together


def held_in(register: pl.DataFrame) -> Known:
    return lambda prints: register.filter(pl.col("empreinte").is_in(prints.implode())).select(
        "id_personne", "empreinte"
    )


def traced(**changed: object) -> Trace:
    traces: list[Trace] = []
    # A draw in which some pair hangs between both thresholds, for yesterday to hold it.
    traits, parcours, _ = small_world(200, 21, errors=0.35, ine=0.3)

    def look(trace: Trace):
        traces.append(trace)
        return measure(trace)

    link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1, measure=look, **changed)
    return traces[-1]


def test_a_group_is_somebody_s_where_all_its_known_rows_were_theirs() -> None:
    trace = traced()
    gathered = trace.gathered
    fiches, groups = trace.fiches, trace.groups

    def marked(owner: pl.Expr) -> pl.Series:
        def whose(rids: pl.Series) -> pl.DataFrame:
            return pl.DataFrame({"rid": rids}).with_columns(before=owner)

        told = mark_held(gathered, Before(whose, 1.0), fiches, groups, trace.lien_bits)
        return told[LEEWAY]

    one = marked(pl.lit("p1"))
    near = gathered["bits"].is_between(1.0 - 8, trace.lien_bits + 8)
    differ = gathered.select(identifiers_differ(fiches.spec)).to_series()
    assert set(one.unique()) <= {0.0, trace.lien_bits - 1.0}
    # Everybody was one person: every pair near the threshold is held, but those of two INE.
    assert (one > 0).to_list() == (near & ~differ).to_list()
    # Each row was somebody else's: nobody is.
    assert marked(pl.col("rid").cast(pl.String)).sum() == 0
    assert mark_held(gathered, None, fiches, groups, 3.0) is gathered


def test_two_identifiers_say_otherwise() -> None:
    levels = pl.DataFrame({"ine": [None, 1, 2, 3]}, schema={"ine": pl.UInt8})
    said = levels.select(identifiers_differ(siei())).to_series().to_list()
    # Absent, the same, a neighbour's, another.
    assert said == [False, False, True, True]


def test_a_link_that_holds_by_yesterday_alone_decides_nothing() -> None:
    """Its rows are two pieces for the decision: who hangs on it alone is to be verified."""

    def whose(rids: pl.Series) -> pl.DataFrame:
        return pl.DataFrame({"rid": rids}).with_columns(before=pl.lit("p1"))

    anew, held = traced(), traced(before=Before(whose, to_bits(0.2)))
    assert count_kept(anew) == 0
    assert count_kept(held) >= 1
    assert held.people.max() < anew.people.max()
    pieces = find_cores(held, to_bits(0.95))
    assert pieces["noyau"].n_unique() > find_cores(anew, to_bits(0.95))["noyau"].n_unique()


def test_rows_are_recalled_by_fingerprints_and_homonyms_by_none() -> None:
    traits, parcours, _ = small_world(300, 1)
    groupes = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1).groupes
    found = identify(
        [PeopleRows(groupes, traits)],
        lambda rids: traits.join(rids, on="rid", how="semi"),
        [],
        [CLE],
        "2026-10",
    )
    named = groupes.join(found.people, on="personne")
    told = recall(traits, held_in(found.register.whole()), [CLE]).join(named, on="rid")
    assert told.height > 0.9 * traits.height
    assert (told["before"] == told["id_personne"]).all()
    assert recall(traits, held_in(found.register.whole()), [CLE[::-1]]).is_empty()
    bare = traits.with_columns(
        pl.lit(None, pl.String).alias(c) for c in ("ine", "naissance_lieu", "adresse", "commune")
    ).with_columns(
        telephones=pl.lit(None, pl.List(pl.String)), courriels=pl.lit(None, pl.List(pl.String))
    )
    # Names and a birth date alone are a homonym's too.
    assert recall(bare, held_in(found.register.whole()), [CLE]).is_empty()


def test_linking_again_with_its_own_memory_changes_nothing() -> None:
    traits, parcours, _ = small_world(300, 2, errors=0.2)
    first = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1).groupes
    register = identify(
        [PeopleRows(first, traits)],
        lambda rids: traits.join(rids, on="rid", how="semi"),
        [],
        [CLE],
        "2026-10",
    ).register.whole()

    def whose(rids: pl.Series) -> pl.DataFrame:
        return recall(traits.filter(pl.col("rid").is_in(rids.implode())), held_in(register), [CLE])

    again = link(
        traits, parcours, seuil_lien=0.9, seuil_doute=0.1, before=Before(whose, to_bits(0.7))
    )
    assert again.groupes.equals(first)
    assert again.counts.held == 0


def test_an_alarm_counts_and_names_no_one() -> None:
    assert warn_of_lives(0) == ()
    [said] = warn_of_lives(3)
    assert said.rapport.startswith("3 personne(s)")
    traits, parcours, _ = small_world(30, 1)
    # One INE on thirty rows that all else tells to be one: more than a life holds.
    one = traits.head(1).select(pl.exclude("rid", "ligne", "adresse"))
    many = pl.concat([one] * 30).with_columns(
        rid=pl.int_range(30, dtype=pl.UInt32) + traits.height,
        ligne=pl.int_range(30, dtype=pl.UInt32) + 1000,
        adresse="RUE " + pl.int_range(30).cast(pl.String),
    )
    whole = pl.concat([traits, many.select(traits.columns)])
    counts = link(whole, parcours, seuil_lien=0.9, seuil_doute=0.1).counts
    assert counts.beyond_a_life == 1
    assert describe_counts(counts)["rapprochement_hors_d_une_vie"] == 1


def test_the_threshold_of_keeping_is_not_below_that_of_doubt() -> None:
    with pytest.raises(ValueError, match="seuil_maintien must not be below seuil_doute"):
        Settings(seuil_maintien=0.2)
