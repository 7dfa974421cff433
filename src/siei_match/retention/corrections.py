"""A rectified value on what stands there: the lists, and what a birth date decides."""

from collections.abc import Callable
from datetime import date
from typing import Final

import polars as pl

from siei_match.output.memory import rectify_lists
from siei_match.reference.births import age_on
from siei_match.stages.route import public_of, sort_lists

NAISSANCE: Final = "date_naissance"
PARTS: Final = ("naissance_annee", "naissance_mois", "naissance_jour")
SIXTEEN, TWENTY_SIX = 16, 26


def correct(
    rectifications: pl.DataFrame, names: pl.DataFrame, day: date
) -> Callable[[str, pl.DataFrame], pl.DataFrame]:
    """Return the change of a campaign's tables that one rectified value makes.

    Args:
        rectifications: tables/rectifications, of one person and one column.
        names: id_signalement, id_personne of that person.
        day: the campaign's day.

    Who is under 16, or 26 and over, is `hors_champ` whatever else holds, and on no list. Who was
    so and no longer is stays undecided until a run reads the extracts again.
    """
    ids = rectifications["id_personne"].implode()
    births = rectifications.filter(pl.col("colonne") == NAISSANCE)["valeur"]
    age = _age(births[0], day) if len(births) else None
    motif = None if age is None else _out_of_scope(age)

    def change(table: str, frame: pl.DataFrame) -> pl.DataFrame:
        if table == "liste":
            return _correct_lists(frame, rectifications, names, age, motif)
        if table == "decisions" and age is not None:
            return _correct_decisions(frame, ids, age, motif)
        if table == "signalements" and motif is not None:
            return frame.filter(~pl.col("id_personne").is_in(ids))
        return frame

    return change


def _correct_lists(
    lists: pl.DataFrame,
    rectifications: pl.DataFrame,
    names: pl.DataFrame,
    age: int | None,
    motif: str | None,
) -> pl.DataFrame:
    mine = pl.col("id_signalement").is_in(names["id_signalement"].implode())
    if lists.filter(mine).is_empty():
        return lists
    if motif is not None:
        return lists.filter(~mine)
    shown = rectify_lists(lists, names, rectifications)
    if age is not None:
        aged = pl.when(mine).then(pl.lit(age, lists.schema["age"])).otherwise("age")
        shown = shown.with_columns(age=aged).with_columns(
            public=pl.when(mine).then(public_of(pl.col("age"))).otherwise("public")
        )
    return sort_lists(shown)


def _correct_decisions(
    decisions: pl.DataFrame, ids: pl.Series, age: int, motif: str | None
) -> pl.DataFrame:
    mine = pl.col("id_personne").is_in(ids)
    if motif is None:
        mine &= pl.col("statut") != "hors_champ"
        return decisions.with_columns(
            age=pl.when(mine).then(pl.lit(age, decisions.schema["age"])).otherwise("age")
        )
    return decisions.with_columns(
        pl.when(mine).then(pl.lit(value, decisions.schema[name])).otherwise(name).alias(name)
        for name, value in (("age", age), ("statut", "hors_champ"), ("motif", motif))
    )


def _age(naissance: str, day: date) -> int:
    parts = [int(part) for part in naissance.split("-")]
    born = dict(zip(PARTS, [*parts, None, None][:3], strict=True))
    schema = dict.fromkeys(PARTS, pl.Int16)
    return int(pl.DataFrame(born, schema).select(age_on(day)).item())


def _out_of_scope(age: int) -> str | None:
    if age < SIXTEEN:
        return "age_moins_16"
    return "age_plus_25" if age >= TWENTY_SIX else None
