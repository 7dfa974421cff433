"""What ties each row to its person: the strongest proof there is."""

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.records.records import Fiches

Labels = npt.NDArray[np.uint32]


def name_methods(
    fiches: Fiches, by_ine: pl.DataFrame, groups: Labels, people: Labels
) -> pl.DataFrame:
    """Return `tables/groupes`: the strongest proof that ties each row to another of its person.

    Args:
        fiches: the campaign's records.
        by_ine: `a`, `b`, pairs tied by INE.
        groups: the sure group of each fiche.
        people: the person of each group.
    """
    rows = np.bincount(fiches.lignes["fiche"].to_numpy(), minlength=fiches.count)
    person = people[groups]
    in_ine = np.zeros(fiches.count, dtype=np.bool_)
    for side in ("a", "b"):
        in_ine[by_ine[side].to_numpy()] = True
    if fiches.spec.identifier is not None:
        in_ine |= (fiches.codes(fiches.spec.identifier.columns[0]) != 0) & (rows > 1)
    others = np.bincount(groups, weights=rows)[groups] > 1
    alone = np.bincount(person, weights=rows)[person] == 1
    proofs = ("ine", "traits", "vraisemblance", "seul")
    number = np.select([in_ine, others, ~alone], [0, 1, 2], 3).astype(np.uint8)
    table = fiches.lignes.select(
        "rid",
        personne=pl.Series(person[fiches.lignes["fiche"].to_numpy()], dtype=pl.UInt32),
        methode=pl.Series(number[fiches.lignes["fiche"].to_numpy()]).replace_strict(
            list(range(len(proofs))), list(proofs), return_dtype=pl.String
        ),
    )
    return table.sort("rid")
