"""What people's rights change in a run: who is left out after linkage, which values are put right."""

from dataclasses import dataclass

import polars as pl

from siei_match.campaign.results import Excluded, require_equal
from siei_match.campaign.worksite import Worksite
from siei_match.output.memory import (
    all_ids,
    count_rectifications,
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


@dataclass(frozen=True)
class Linked:
    """Who is who: what linkage found, once identified.

    people: tables/personnes. groups: tables/groupes. links: tables/liens, the pairs of rows.
    pairs: tables/paires_groupes, the pairs of people whom a pair of rows in doubt may join.
    """

    people: pl.DataFrame
    groups: pl.DataFrame
    links: pl.DataFrame
    pairs: pl.DataFrame


def leave_out(
    worksite: Worksite,
    delivery: Delivery,
    linked: Linked,
    redirections: pl.DataFrame | None = None,
) -> tuple[Linked, Excluded]:
    """Take the excluded people out of what the linkage found; their rows go to `rejets`.

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
        return linked, Excluded(0, {})
    rids = out.select("rid")
    given = worksite.read_rows("traits", rids, "rid", "extrait", "fichier", "ligne")
    require_equal("rows rejected", given.height, "rows of excluded people", out.height)
    worksite.write(given.drop("rid"), EXCLUES)
    gone = out["personne"].unique().implode()
    left = Linked(
        people=linked.people.join(rids, on="rid", how="anti", maintain_order="left"),
        groups=linked.groups.join(rids, on="rid", how="anti", maintain_order="left"),
        links=without_rows(linked.links, given),
        pairs=linked.pairs.filter(
            ~pl.col("personne_a").is_in(gone), ~pl.col("personne_b").is_in(gone)
        ),
    )
    rows = dict(given.group_by("fichier").len().sort("fichier").iter_rows())
    return left, Excluded(out["id_personne"].n_unique(), rows)


def read_rejets(worksite: Worksite, delivery: Delivery, exclues: Excluded) -> pl.DataFrame:
    """Return `rejets`, the rows of excluded people among them, in the order of the delivery."""
    rejets = worksite.read("rejets")
    names = [fichier.nom for fichier in delivery.fichiers]
    if not exclues.personnes:
        return sort_rejets(rejets, names)
    return reject_rows(rejets, worksite.read(EXCLUES), names)


def put_right(
    worksite: Worksite, personnes: pl.DataFrame, redirections: pl.DataFrame | None = None
) -> int:
    """Put right the traits that decide (birth date, residence); return how many values stand.

    Writes `rectifications`, those that concern this campaign, which `route` shows; and
    `traits_rectifies`, the rows of `traits` that they change, as they are from now on.
    """
    sortie = worksite.staging.sortie
    told = spread(sortie, read_rectifications(sortie), redirections)
    mine = told.filter(pl.col("id_personne").is_in(personnes["id_personne"].implode()))
    worksite.write(mine, RECTIFICATIONS)
    rows = personnes.join(mine.select("id_personne").unique(), on="id_personne", how="semi")
    # Few campaigns have any: the largest table is not read to find nobody.
    changed = (
        pl.DataFrame(schema=declaration("tables/traits").polars_schema)
        if rows.is_empty()
        else worksite.read_rows("traits", rows.select("rid"))
    )
    worksite.write(rectify_traits(changed, rows, mine), TRAITS_RECTIFIES)
    return count_rectifications(mine, personnes["id_personne"].unique())


def read_rectified(
    worksite: Worksite, *columns: str, rows: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return `traits` with what people had put right, sorted by `rid`.

    Args:
        worksite: where the run works.
        columns: those to read, `rid` among them.
        rows: read these rows alone (`rid`).
    """
    received = (
        worksite.read("traits", *columns)
        if rows is None
        else worksite.read_rows("traits", rows, *columns)
    )
    changed = worksite.read(TRAITS_RECTIFIES, *columns)
    if changed.is_empty():
        return received
    kept = received.join(changed, on="rid", how="anti")
    mine = changed.join(received, on="rid", how="semi")
    return pl.concat([kept, mine]).sort("rid")
