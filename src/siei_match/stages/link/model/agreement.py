"""In which compared pairs some traits agree."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.declared.spec import Spec

Bools = npt.NDArray[np.bool_]


def agreeing(spec: Spec, compared: pl.DataFrame, wanted: Mapping[str, str]) -> Bools:
    """Tell which compared pairs are alike in all of some traits.

    A surname that abstains, since it is exchanged with the first name (`croise`), is alike.

    Args:
        spec: what is compared.
        compared: pairs, a column of level codes a trait.
        wanted: by trait, the farthest of its levels at which a pair counts as alike.
    """
    found = np.ones(compared.height, dtype=np.bool_)
    for name, last in wanted.items():
        levels = compared[name].to_numpy()
        alike = (levels > 0) & (levels <= spec.by_name[name].code(last))
        for first in spec.traits:
            if first.declared.croise == name:
                alike |= np.isin(compared[first.name].to_numpy(), first.inverted)
        found &= alike
    return found
