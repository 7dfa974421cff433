"""Who entered a list, left it or changed platform since the campaign before, and the one cause.

Contract, section 3. The law: list = list before + entered − left, platform by platform. The cause
is the first that holds, in the order of `_cause`: what changed who people are comes before
what changed what is known of them, and that before what the rules of section 4 decide.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from siei_match.reference.contracts import conform
from siei_match.reference.vocabulary import (
    APPRENTISSAGE,
    CONTRATS,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    ENROLMENT_EXTRACTS,
    MISSIONS_LOCALES,
    RETOURS,
)

TABLE: Final = "tables/mouvements"
ENTREE: Final = "entree"
SORTIE: Final = "sortie"
CHANGEMENT: Final = "changement"
RECTIFICATION: Final = "rectification"
BY_STATUS: Final = {
    "en_formation": "inscription",
    "diplome": "diplome",
    "retour": "retour",
    "hors_champ": "age",
}
"""What decides a person that is on no list, and the cause that it is."""
TITLED: Final = (DIPLOMES, DIPLOMES_AGRICOLES, APPRENTISSAGE)
PLACED: Final = (*ENROLMENT_EXTRACTS, MISSIONS_LOCALES)
"""Extracts of which a row may have an address."""

Source = tuple[str, int]
"""An extract, and the school year of its file counted from year N: 0, -1; 0 where it has none."""


@dataclass(frozen=True)
class WhatChanged:
    """What may have moved people, beside what the rules decide; each a set of `id_personne` of today.

    `regrouped`: their rows were joined to, or parted from, other people's. `aged`, `moved_home`:
    their birth date, their commune was rectified. `transferred`: an answer transfers them, or did.
    `delivered`: an answer of the extract had taken them off the lists, or transferred them. `absent`: the
    sources that were there before and are not now; `held` (id_personne, extrait): of which extracts
    people had rows before.
    """

    regrouped: Collection[str] = ()
    aged: Collection[str] = ()
    moved_home: Collection[str] = ()
    transferred: Collection[str] = ()
    delivered: Collection[str] = ()
    absent: frozenset[Source] = frozenset()
    held: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"id_personne": pl.String, "extrait": pl.String}
        )
    )


def name_source(extract: str, school_year: str | None, year: int) -> Source:
    """Name a source: its extract, and the school year of its file counted from year N (`year`)."""
    return extract, int(school_year[:4]) - year if school_year else 0


def find_moves(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Compare two campaigns' signalements: id_signalement, id_personne, mouvement, psad_avant, psad.

    Input: tables/signalements of each, by the identifiers of today; sorted by id_signalement.
    """
    former = before.select("id_signalement", former="id_personne", psad_avant="psad")
    current = now.select("id_signalement", current="id_personne", psad="psad")
    both = former.join(current, on="id_signalement", how="full", coalesce=True)
    return (
        both.filter(pl.col("psad_avant").ne_missing(pl.col("psad")))
        .select(
            "id_signalement",
            id_personne=pl.coalesce("current", "former"),
            mouvement=pl.when(pl.col("psad_avant").is_null())
            .then(pl.lit(ENTREE))
            .when(pl.col("psad").is_null())
            .then(pl.lit(SORTIE))
            .otherwise(pl.lit(CHANGEMENT)),
            psad_avant="psad_avant",
            psad="psad",
        )
        .sort("id_signalement")
    )


def explain_moves(
    moves: pl.DataFrame,
    was: pl.DataFrame,
    decisions: pl.DataFrame,
    changes: WhatChanged,
    before: str,
) -> pl.DataFrame:
    """Give each move its cause: tables/mouvements.

    Args:
        moves: see `find_moves`.
        was: tables/decisions of the campaign before, by the identifiers of today.
        decisions: tables/decisions of this one.
        changes: see there.
        before: the code of the campaign before.
    """
    earlier = (
        was.select("id_personne", was="statut", was_motif="motif")
        .sort("id_personne", "was", "was_motif")
        .unique("id_personne", keep="first", maintain_order=True)
    )
    today = decisions.select("id_personne", today="statut", today_motif="motif")
    held = changes.held.group_by("id_personne").agg(held=pl.col("extrait").unique())
    facts = moves
    for known in (earlier, today, held):
        facts = facts.join(known, on="id_personne", how="left", maintain_order="left")
    told = facts.with_columns(
        campagne_avant=pl.lit(before, dtype=pl.String), cause=_cause(changes)
    ).sort("id_signalement")
    return conform(told.select(_columns()), TABLE)


def _columns() -> list[str]:
    return [
        "id_signalement",
        "id_personne",
        "campagne_avant",
        "mouvement",
        "psad_avant",
        "psad",
        "cause",
    ]


def _cause(changes: WhatChanged) -> pl.Expr:
    """The first cause that holds of a move."""
    entered, moved = (pl.col("mouvement") == kind for kind in (ENTREE, CHANGEMENT))
    # Who is on the list: of the one that left, what decides now; of the one that entered, what did.
    statut = pl.when(entered).then("was").otherwise("today")
    rectified = (statut == "hors_champ") & _among(changes.aged)
    rectified |= moved & _among(changes.moved_home)
    rules = [
        (_among(changes.regrouped), "rapprochement"),
        (rectified, RECTIFICATION),
        (_source_gone(changes, entered, moved), "source_absente"),
        (moved & _among(changes.transferred), "retour"),
        (moved, "inscription"),
        *((statut == decided, cause) for decided, cause in BY_STATUS.items()),
    ]
    return pl.coalesce(
        *(pl.when(holds.fill_null(value=False)).then(pl.lit(name)) for holds, name in rules),
        pl.lit("hors_champ"),
    )


def _among(people: Collection[str]) -> pl.Expr:
    return pl.col("id_personne").is_in(sorted(people))


def _source_gone(changes: WhatChanged, entered: pl.Expr, moved: pl.Expr) -> pl.Expr:
    """Whether what decided before rests on a source that was delivered then, and is not now."""
    extracts = {extract for extract, _ in changes.absent}

    def had(names: Collection[str]) -> pl.Expr:
        return pl.col("held").list.set_intersection(sorted(names)).list.len() > 0

    this_year = [e for e in ENROLMENT_EXTRACTS if (e, 0) in changes.absent]
    last_year = [e for e in ENROLMENT_EXTRACTS if (e, -1) in changes.absent]
    enrolled = (pl.col("was") == "en_formation") & (
        pl.col("was_motif").is_in(this_year)
        | ((pl.col("was_motif") == APPRENTISSAGE) & had({CONTRATS} & extracts))
    )
    titled = (pl.col("was") == "diplome") & had(set(TITLED) & extracts)
    answer_gone = _among(changes.delivered) & pl.lit(RETOURS in extracts)
    out_of_scope = pl.col("today").is_null() & had(last_year)
    return (
        pl.when(entered)
        .then(enrolled | titled | ((pl.col("was") == "retour") & answer_gone))
        .when(moved)
        .then(had(set(PLACED) & extracts) | answer_gone)
        .otherwise(out_of_scope)
    )


def settle_moves(
    movements: pl.DataFrame,
    code: str,
    before: pl.DataFrame,
    now: pl.DataFrame,
    touched: Collection[str],
) -> pl.DataFrame:
    """Return tables/mouvements after some people's signalements changed by an act on what stands.

    Args:
        movements: as they were.
        code: of the campaign before.
        before: tables/signalements of the campaign before, as they are now.
        now: of this campaign, as they are now.
        touched: the `id_signalement` that the act changed; the moves of others stay as they are.

    A move that is no longer one goes; one that there was not is a `rectification`.
    """
    if not touched:
        return movements
    mine = pl.col("id_signalement").is_in(sorted(touched))
    made = find_moves(before.filter(mine), now.filter(mine)).with_columns(
        campagne_avant=pl.lit(code)
    )
    known = movements.select("id_signalement", "psad_avant", "psad", "cause")
    told = made.join(
        known, on=["id_signalement", "psad_avant", "psad"], how="left", nulls_equal=True
    ).with_columns(pl.col("cause").fill_null(RECTIFICATION))
    both = pl.concat([movements.filter(~mine), told.select(movements.columns)])
    return conform(both.sort("id_signalement"), TABLE)
