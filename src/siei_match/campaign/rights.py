"""What people's rights change in a run: who is left out after linkage, which values are put right."""

from dataclasses import dataclass

import polars as pl

from siei_match.campaign.results import Exclues, require_equal
from siei_match.campaign.worksite import Worksite
from siei_match.output.memory import (
    all_ids,
    count_rectifications,
    excluded_on,
    read_exclusions,
    read_rectifications,
    rectify_traits,
    reject_rows,
    spread,
    without_rows,
)
from siei_match.reference.delivery import Livraison

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
    chantier: Worksite,
    livraison: Livraison,
    linked: Linked,
    redirections: pl.DataFrame | None = None,
) -> tuple[Linked, Exclues]:
    """Take the excluded people out of what the linkage found; their rows go to `rejets`.

    Args:
        chantier: where the run works.
        livraison: its delivery.
        linked: everybody.
        redirections: what this run puts together.

    Returns:
        Everybody else, and the count of the excluded.
    """
    sortie, jour = chantier.staging.sortie, livraison.campagne.date_observation
    named = excluded_on(read_exclusions(sortie), jour)
    ids = all_ids(sortie, named, redirections)
    out = linked.people.filter(pl.col("id_personne").is_in(ids.implode()))
    if out.is_empty():
        return linked, Exclues(0, {})
    rids = out.select("rid")
    lignes = chantier.read_rows("traits", rids, "rid", "extrait", "fichier", "ligne")
    require_equal("rows rejected", lignes.height, "rows of excluded people", out.height)
    chantier.write(lignes.drop("rid"), EXCLUES)
    gone = out["personne"].unique().implode()
    left = Linked(
        people=linked.people.join(rids, on="rid", how="anti", maintain_order="left"),
        groups=linked.groups.join(rids, on="rid", how="anti", maintain_order="left"),
        links=without_rows(linked.links, lignes),
        pairs=linked.pairs.filter(
            ~pl.col("personne_a").is_in(gone), ~pl.col("personne_b").is_in(gone)
        ),
    )
    rows = dict(lignes.group_by("fichier").len().sort("fichier").iter_rows())
    return left, Exclues(out["id_personne"].n_unique(), rows)


def read_rejets(chantier: Worksite, livraison: Livraison, exclues: Exclues) -> pl.DataFrame:
    """Return `rejets`, the rows of excluded people among them, in the order of the delivery."""
    rejets = chantier.read("rejets")
    if not exclues.personnes:
        return rejets
    noms = [fichier.nom for fichier in livraison.fichiers]
    return reject_rows(rejets, chantier.read(EXCLUES), noms)


def put_right(
    chantier: Worksite, personnes: pl.DataFrame, redirections: pl.DataFrame | None = None
) -> int:
    """Put right the traits that decide (birth date, residence); return how many values stand.

    Writes `rectifications`, those that concern this campaign, which `route` shows; and
    `traits_rectifies`, the rows of `traits` that they change, as they are from now on.
    """
    sortie = chantier.staging.sortie
    told = spread(sortie, read_rectifications(sortie), redirections)
    mine = told.filter(pl.col("id_personne").is_in(personnes["id_personne"].implode()))
    chantier.write(mine, RECTIFICATIONS)
    rows = personnes.join(mine.select("id_personne").unique(), on="id_personne", how="semi")
    changed = chantier.read_rows("traits", rows.select("rid"))
    chantier.write(rectify_traits(changed, rows, mine), TRAITS_RECTIFIES)
    return count_rectifications(mine, personnes["id_personne"].unique())


def read_rectified(
    chantier: Worksite, *columns: str, rows: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return `traits` with what people had put right, sorted by `rid`.

    Args:
        chantier: where the run works.
        columns: those to read, `rid` among them.
        rows: read these rows alone (`rid`).
    """
    received = (
        chantier.read("traits", *columns)
        if rows is None
        else chantier.read_rows("traits", rows, *columns)
    )
    changed = chantier.read(TRAITS_RECTIFIES, *columns)
    if changed.is_empty():
        return received
    kept = received.join(changed, on="rid", how="anti")
    mine = changed.join(received, on="rid", how="semi")
    return pl.concat([kept, mine]).sort("rid")
