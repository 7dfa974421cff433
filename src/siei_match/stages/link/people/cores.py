"""What holds a person together: the pieces that links sure enough to decide would leave.

Rows may be linked on less than what may decide (`seuil_decision`). Between two rows the path whose
weakest link is the strongest decides; it reaches the threshold if and only if people made at that
threshold hold both rows in one piece.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import packed, runs, spread
from siei_match.stages.link.people.evidence import regroup
from siei_match.stages.link.people.grouping import agglomerate
from siei_match.stages.link.people.held import LEEWAY, maybe_kept
from siei_match.stages.link.people.tiers import components
from siei_match.stages.link.people.trace import Trace

Labels = npt.NDArray[np.uint32]
CORES = {"rid": pl.UInt32, "noyau": pl.UInt32}
PIECES = {"rid": pl.UInt32, "morceau": pl.UInt32}


def find_cores(trace: Trace, decision_bits: float) -> pl.DataFrame:
    """Return `rid`, `noyau` (`tables/noyaux`) of the people whom a link below the threshold holds together.

    Args:
        trace: the linkage.
        decision_bits: log2 odds from which a link may decide.
    """
    if decision_bits <= trace.lien_bits:
        return pl.DataFrame(schema=CORES)
    people, gathered = trace.people, trace.gathered
    ends = (people[gathered[side].to_numpy()] for side in ("ga", "gb"))
    # Having been together last time may hold rows together, and decides nothing.
    inside = gathered.filter(pl.Series(np.equal(*ends))).drop(LEEWAY, strict=False)
    pieces = agglomerate(np.bincount(trace.groups), inside, decision_bits, trace.model)
    pieces = _joined_by_all(trace, inside, pieces, decision_bits)
    several = np.bincount(_person_of(pieces, people)) > 1
    rows = trace.fiches.lignes
    piece = pieces[trace.groups[rows["fiche"].to_numpy()]]
    person = people[trace.groups[rows["fiche"].to_numpy()]]
    found = rows.select("rid", noyau=pl.Series(piece, dtype=pl.UInt32))
    return found.filter(pl.Series(several[person])).sort("rid")


def find_pieces(trace: Trace) -> pl.DataFrame:
    """Return `rid`, `morceau` (`tables/morceaux`) of the people whom the identifier alone would leave in pieces."""
    person = trace.people[trace.groups]
    tied = components(trace.fiches.count, trace.by_identifier)
    # A clerk may have parted what an identifier ties.
    some = np.zeros(int(person.max(initial=0)) + 1, dtype=np.uint32)
    some[person] = tied
    several = np.zeros(len(some), dtype=np.bool_)
    several[person[tied != some[person]]] = True
    held = several[person]
    pieces = np.zeros(len(person), dtype=np.uint32)
    pieces[held] = runs(spread(packed(person[held], tied[held]))).numbers()
    fiche = trace.fiches.lignes["fiche"].to_numpy()
    rows = trace.fiches.lignes.filter(pl.Series(held[fiche]))
    morceau = pl.Series(pieces[rows["fiche"].to_numpy()], dtype=pl.UInt32)
    return rows.select("rid", morceau=morceau).sort("rid")


def count_kept(trace: Trace) -> int:
    """Count the people who are one only for having been one last time (`held`)."""
    inside = maybe_kept(trace)
    if inside.is_empty():
        return 0
    pieces = agglomerate(np.bincount(trace.groups), inside, trace.lien_bits, trace.model)
    ends = trace.people[inside["ga"].to_numpy()]
    of_person = pl.DataFrame(
        {
            "person": np.append(ends, ends),
            "piece": pieces[np.append(inside["ga"].to_numpy(), inside["gb"].to_numpy())],
        }
    )
    apart = of_person.group_by("person").agg(pl.col("piece").n_unique() > 1)
    return int(apart["piece"].sum())


def _person_of(pieces: Labels, people: Labels) -> Labels:
    """Return the person of each piece."""
    _, first = np.unique(pieces, return_index=True)
    return np.asarray(people[first])


def _joined_by_all(
    trace: Trace, inside: pl.DataFrame, pieces: Labels, decision_bits: float
) -> Labels:
    """Join the pieces that all their evidence together, if no single link, makes one person."""
    number = np.arange(len(pieces), dtype=np.uint32)
    membership = pl.DataFrame({"groupe": number, "personne": pieces})
    strong = regroup(inside, membership, trace.model).filter(pl.col("bits") >= decision_bits)
    whole = components(int(pieces.max(initial=0)) + 1, strong.select(a="pa", b="pb"))
    return np.asarray(whole[pieces])
