"""What SIECLE's exports also tell: the school of the year before, and a second guardian."""

from typing import Final

import numpy as np
import polars as pl

from siei_match.simulate.dice import Ints, blank, cast_dice, draw_events
from siei_match.simulate.homes import Households, draw_phones, make_mails
from siei_match.simulate.names import draw_first_names

ACADEMY: Final = "974"
"""The académie whose schools deliver their own exports of SIECLE (an UAI's first figures); SYGNE has the others."""
RECALLED: Final = "rappel"
"""The kind (`genre`) of a row that another year's export tells; also the column that numbers such rows."""
PLAIN_STAY: Final = ("principal", "suite")
LEAST_DAYS: Final = 30
"""A stay of some days is no school that the next one writes down."""
TWO_GUARDIANS: Final = 0.7
"""Share of the pupils with a guardian who have a second one."""


def add_second_guardians(
    seed: int, foyers: Households, foyer_of: Ints, rows: pl.DataFrame
) -> pl.DataFrame:
    """Return the rows with `resp2_…`: the other parent of the family, where a first guardian is told.

    Args:
        seed: of the world.
        foyers: its families.
        foyer_of: the family of each person.
        rows: typed rows, with `personne` and `resp_nom`.
    """
    rng = cast_dice(seed, "foyers", "seconds responsables")
    n = len(foyers.origine)
    surname = foyers.nom.zip_with(foyers.guardian_surname == foyers.other_name, foyers.other_name)
    first_name = draw_first_names(rng, draw_events(rng, 0.5, n), np.full(n, 2000), foyers.origine)
    phone, mail = draw_phones(rng, n), make_mails(rng, first_name, surname)
    phone, mail = blank(phone, draw_events(rng, 0.2, n)), blank(mail, draw_events(rng, 0.4, n))
    alone = ~draw_events(rng, TWO_GUARDIANS, n)
    told = {"resp2_nom": surname, "resp2_prenom": first_name, "resp2_tel": phone, "resp2_mel": mail}
    here = foyer_of[rows["personne"].to_numpy().astype(np.int64)]
    without = alone[here] | rows["resp_nom"].is_null().to_numpy()
    return rows.with_columns(
        blank(values.gather(here), without).alias(name) for name, values in told.items()
    )


def recall_schools(rows: pl.DataFrame, events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a year's rows with a number for those that recall a school, and the rows recalled.

    Args:
        rows: of one school year, as typed and as delivered.
        events: true enrolments of the extract.

    Returns:
        The rows, with `rappel`; and as many rows as have a number, under the same: the same pupil as typed,
        at the school of the year before, without dates, MEF or status, as SCOLARITE_AN_DERNIER has none.
    """
    numbered = rows.with_row_index(RECALLED).with_columns(pl.col(RECALLED).cast(pl.Int64))
    here = pl.col("uai").str.starts_with(ACADEMY).fill_null(value=False)
    recalled = (
        numbered.filter(here)
        .with_columns(annee=pl.col("annee") - 1)
        .join(_last_schools(events), on=["personne", "annee"], how="inner", maintain_order="left")
        .with_columns(
            *(pl.lit(None).cast(rows.schema[name]).alias(name) for name in ("mef", "debut", "fin", "motif_sortie")),
            uai="former_uai", genre=pl.lit(RECALLED),
        )
        .drop("former_uai")
    )  # fmt: skip
    is_told = pl.col(RECALLED).is_in(recalled[RECALLED].implode())
    return numbered.with_columns(pl.when(is_told).then(RECALLED).alias(RECALLED)), recalled


def _last_schools(events: pl.DataFrame) -> pl.DataFrame:
    """Return `personne`, `annee`, `former_uai`: the school in which each person ended a year."""
    first = pl.date(pl.col("annee").cast(pl.Int32), 9, 1)
    began = pl.col("debut").fill_null(first)
    stayed = pl.col("fin").is_null() | (pl.col("fin") - began >= pl.duration(days=LEAST_DAYS))
    return (
        events.filter(pl.col("genre").is_in(PLAIN_STAY) & stayed & pl.col("uai").is_not_null())
        .sort("personne", "annee", began)
        .unique(["personne", "annee"], keep="last", maintain_order=True)
        .select("personne", "annee", former_uai="uai")
    )
