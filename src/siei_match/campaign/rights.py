"""What people's rights change in a run: who is left out after linkage, which values are put right."""

from dataclasses import dataclass

import polars as pl

from siei_match.campaign.results import Excluded, require_equal
from siei_match.campaign.worksite import Worksite
from siei_match.output.memory import (
    all_ids,
    excluded_on,
    read_exclusions,
    read_rectifications,
    rectify_traits,
    reject_rows,
    sort_rejets,
    spread,
    without_rows,
)
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Delivery

EXCLUES = "exclues"
RECTIFICATIONS = "rectifications"
TRAITS_RECTIFIES = "traits_rectifies"
ROWS = pl.Schema({"rid": pl.UInt32, "id_personne": pl.String})


@dataclass(frozen=True)
class Linked:
    """Who is who: what linkage found, once identified.

    people: `personne`, `id_personne`. groups: tables/groupes. pairs: tables/paires_groupes, the pairs of
    people whom a pair of rows in doubt may join.
    """

    people: pl.DataFrame
    groups: pl.DataFrame
    pairs: pl.DataFrame


def leave_out(
    worksite: Worksite,
    delivery: Delivery,
    linked: Linked,
    redirections: pl.DataFrame | None = None,
) -> tuple[Linked, Excluded]:
    """Take the excluded people out of what the linkage found; their rows go to `rejets`.

    Writes `liens`, the pairs of rows that are left.

    Args:
        worksite: where the run works.
        delivery: its delivery.
        linked: everybody.
        redirections: what this run puts together.

    Returns:
        Everybody else, and the count of the excluded.
    """
    sortie, day = worksite.staging.sortie, delivery.campagne.date_observation
    named = excluded_on(read_exclusions(sortie), day)
    ids = all_ids(sortie, named, redirections)
    out = linked.people.filter(pl.col("id_personne").is_in(ids.implode()))
    if out.is_empty():
        worksite.pass_on("liens_tous", "liens")
        return linked, Excluded(0, {})
    rids = linked.groups.join(out, on="personne", how="semi").select("rid")
    given = worksite.read_rows("traits", rids, "rid", "extrait", "fichier", "ligne")
    require_equal("rows rejected", given.height, "rows of excluded people", rids.height)
    worksite.write(given.drop("rid"), EXCLUES)
    worksite.write(without_rows(worksite.read("liens_tous"), given), "liens")
    gone = out["personne"].implode()
    left = Linked(
        people=linked.people.join(out, on="personne", how="anti", maintain_order="left"),
        groups=linked.groups.join(rids, on="rid", how="anti", maintain_order="left"),
        pairs=linked.pairs.filter(
            ~pl.col("personne_a").is_in(gone), ~pl.col("personne_b").is_in(gone)
        ),
    )
    rows = dict(given.group_by("fichier").len().sort("fichier").iter_rows())
    return left, Excluded(out.height, rows)


def read_rejets(worksite: Worksite, delivery: Delivery, exclues: Excluded) -> pl.DataFrame:
    """Return `rejets`, the rows of excluded people among them, in the order of the delivery."""
    rejets = worksite.read("rejets")
    names = [fichier.nom for fichier in delivery.fichiers]
    if not exclues.personnes:
        return sort_rejets(rejets, names)
    return reject_rows(rejets, worksite.read(EXCLUES), names)


def put_right(worksite: Worksite, redirections: pl.DataFrame | None = None) -> int:
    """Put right the traits that decide (birth date, residence); return how many values stand.

    Writes `rectifications`, those that concern this campaign, which `route` shows; and
    `traits_rectifies`, the rows of `traits` that they change, as they are from now on.
    """
    sortie = worksite.staging.sortie
    told = spread(sortie, read_rectifications(sortie), redirections)
    # Few campaigns have any: the largest tables are not read to find nobody.
    rows = pl.DataFrame(schema=ROWS)
    if told.height:
        rows = worksite.read_rows("personnes", told, "rid", "id_personne", on=["id_personne"])
    mine = told.filter(pl.col("id_personne").is_in(rows["id_personne"].unique().implode()))
    worksite.write(mine, RECTIFICATIONS)
    changed = (
        pl.DataFrame(schema=declaration("tables/traits").polars_schema)
        if rows.is_empty()
        else worksite.read_rows("traits", rows.select("rid"))
    )
    worksite.write(rectify_traits(changed, rows, mine), TRAITS_RECTIFIES)
    return mine.height


def read_rectified(worksite: Worksite, *columns: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return some rows of `traits` (`rid`) with what people had put right, sorted by `rid`.

    Args:
        worksite: where the run works.
        columns: those to read, `rid` among them.
        rows: read these rows alone (`rid`).
    """
    received = worksite.read_rows("traits", rows, *columns)
    return rectified(received, worksite.read(TRAITS_RECTIFIES, *columns))


def rectified(received: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `traits` as people had them put right (`changed`: `traits_rectifies`), sorted by `rid`."""
    if changed.is_empty():
        return received
    kept = received.join(changed, on="rid", how="anti")
    mine = changed.join(received, on="rid", how="semi")
    return pl.concat([kept, mine]).sort("rid")
