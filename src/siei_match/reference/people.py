"""The rows of a campaign under the people whose they are: what decision and routing both read."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class People:
    """Whose each row is, where it was enrolled, what it says of them; all three keyed by `rid`.

    members: `rid`, `id_personne`. enrolments: `tables/parcours`. traits: `tables/traits`. Of the
    last two a caller may read the columns alone that a stage names.
    """

    members: pl.DataFrame
    enrolments: pl.DataFrame
    traits: pl.DataFrame
