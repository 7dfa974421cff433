"""What ties each row to its person: the strongest proof there is."""

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.records.records import Fiches

Labels = npt.NDArray[np.uint32]


def name_methods(
    fiches: Fiches, by_identifier: pl.DataFrame, groups: Labels, people: Labels
) -> pl.DataFrame:
    """Return `tables/groupes`, by `rid`: the strongest proof that ties each row to another of its person.

    `methode` bears the name of the declared identifier where it is that.

    Args:
        fiches: the campaign's records.
        by_identifier: `a`, `b`, pairs tied by the identifier.
        groups: the sure group of each fiche.
        people: the person of each group.
    """
    fiche = fiches.lignes["fiche"].to_numpy()
    rows = np.bincount(fiche, minlength=fiches.count)
    identified = np.zeros(fiches.count, dtype=np.bool_)
    for side in ("a", "b"):
        identified[by_identifier[side].to_numpy()] = True
    identifier = fiches.spec.identifier
    if identifier is not None:
        identified |= (fiches.codes(identifier.columns[0]) != 0) & (rows > 1)
    person = people[groups]
    others = np.bincount(groups, weights=rows)[groups] > 1
    alone = np.bincount(person, weights=rows)[person] == 1
    del rows
    proofs = (identifier.name if identifier else "", "traits", "vraisemblance", "seul")
    number = np.full(fiches.count, 3, dtype=np.uint8)
    for proof, held in ((2, ~alone), (1, others), (0, identified)):
        number[held] = proof
    # A row holds a number of its method, not the text: there are as many as the country has rows.
    named = pl.Series(proofs, dtype=pl.Enum(sorted({*proofs})))
    table = fiches.lignes.select(
        "rid",
        personne=pl.Series(person[fiche], dtype=pl.UInt32),
        methode=named.gather(number[fiche]),
    )
    return table if table["rid"].is_sorted() else table.sort("rid")
