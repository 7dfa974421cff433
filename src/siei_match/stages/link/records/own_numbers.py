"""Identifiers that a source gives of its own, beside the one that a person holds elsewhere."""

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.records.records import Fiches


def own_numbers(fiches: Fiches) -> npt.NDArray[np.bool_]:
    """Tell which records hold an identifier of the form `propres`: another one beside it contradicts nothing.

    A training centre that does not know a pupil's INE makes one, of a form of its own; until an INE is given
    a provisional one stands for it. Their forms are public (`reference/identifiers`), how often one is made is not.
    """
    trait = fiches.spec.identifier
    form = None if trait is None else trait.declared.propres
    if trait is None or form is None:
        return np.zeros(fiches.count, dtype=np.bool_)
    such = fiches.read(
        trait.columns[0], lambda values: values.cast(pl.String).str.contains(form).cast(pl.UInt8)
    )
    return such.astype(np.bool_)
