"""The rows of a campaign under the people whose they are: what decision and routing both read."""

from dataclasses import dataclass, field

import polars as pl

from siei_match.reference.contracts import declaration


def no_doubts() -> pl.DataFrame:
    """Return `tables/dates_douteuses` without rows."""
    return pl.DataFrame(schema=declaration("tables/dates_douteuses").polars_schema)


@dataclass(frozen=True)
class People:
    """Whose each row is, where it was enrolled, what it says of them; all of them keyed by `rid`.

    members: `rid`, `id_personne`. enrolments: `tables/parcours`. traits: `tables/traits`. Of the
    last two a caller may read the columns alone that a stage names. dates: `tables/dates_douteuses`.
    """

    members: pl.DataFrame
    enrolments: pl.DataFrame
    traits: pl.DataFrame
    dates: pl.DataFrame = field(default_factory=no_doubts)
