"""What ties each row to its person: the strongest proof there is."""

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.records.records import Fiches

Labels = npt.NDArray[np.uint32]


def name_methods(
    fiches: Fiches, by_identifier: pl.DataFrame, groups: Labels, people: Labels
) -> pl.DataFrame:
    """Return `tables/groupes`: the strongest proof that ties each row to another of its person.

    `methode` bears the name of the declared identifier where it is that.

    Args:
        fiches: the campaign's records.
        by_identifier: `a`, `b`, pairs tied by the identifier.
        groups: the sure group of each fiche.
        people: the person of each group.
    """
    rows = np.bincount(fiches.lignes["fiche"].to_numpy(), minlength=fiches.count)
    person = people[groups]
    identified = np.zeros(fiches.count, dtype=np.bool_)
    for side in ("a", "b"):
        identified[by_identifier[side].to_numpy()] = True
    identifier = fiches.spec.identifier
    if identifier is not None:
        identified |= (fiches.codes(identifier.columns[0]) != 0) & (rows > 1)
    others = np.bincount(groups, weights=rows)[groups] > 1
    alone = np.bincount(person, weights=rows)[person] == 1
    proofs = (identifier.name if identifier else "", "traits", "vraisemblance", "seul")
    number = np.select([identified, others, ~alone], [0, 1, 2], 3).astype(np.uint8)
    table = fiches.lignes.select(
        "rid",
        personne=pl.Series(person[fiches.lignes["fiche"].to_numpy()], dtype=pl.UInt32),
        methode=pl.Series(number[fiches.lignes["fiche"].to_numpy()]).replace_strict(
            list(range(len(proofs))), list(proofs), return_dtype=pl.String
        ),
    )
    return table.sort("rid")
