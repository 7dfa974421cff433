"""What the campaign before left of each person, and what changed since: for the movements of the lists."""

from collections.abc import Iterable
from typing import Final

import polars as pl

from siei_match.campaign.answers import REPONSES
from siei_match.campaign.earlier import REGISTRE
from siei_match.campaign.rights import RECTIFICATIONS
from siei_match.campaign.worksite import Worksite
from siei_match.output import PreparedCampaign, newest_prepared, read_earlier, read_table
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Delivery
from siei_match.reference.redirections import follow
from siei_match.reference.vocabulary import RETOURS
from siei_match.stages.route import Source, WhatChanged, explain_moves, find_moves, name_source

MOUVEMENTS: Final = "mouvements"
BORN: Final = "date_naissance"
HOME: Final = "commune"
NAMES_ALONE: Final = "nom"
"""Fingerprints of names and date alone, which namesakes share."""


def note_movements(worksite: Worksite, delivery: Delivery) -> None:
    """Write `mouvements`: who entered, left or changed platform since the campaign before, and why.

    The campaign before is the one of the code before this one, never an earlier run of this one.
    """
    code = delivery.campagne.code
    before = newest_prepared(worksite.staging.sortie, code)
    empty = pl.DataFrame(schema=declaration(f"tables/{MOUVEMENTS}").polars_schema)
    worksite.write(empty if before is None else _find(worksite, delivery, before), MOUVEMENTS)


def _find(worksite: Worksite, delivery: Delivery, before: PreparedCampaign) -> pl.DataFrame:
    joined = worksite.read("redirections")
    told = read_earlier(worksite.staging.sortie, delivery.campagne.code, "redirections")
    redirections = pl.concat([told, joined])
    moves = find_moves(
        follow(before.table("signalements"), redirections, "id_personne"),
        worksite.read("signalements"),
    )
    people = moves.select("id_personne").unique()
    # The largest tables are read for those who moved alone, under whatever identifier they had.
    known = pl.concat([people["id_personne"], redirections["id_ancien"].alias("id_personne")])
    then = pl.col("id_personne").is_in(known.implode())
    was = follow(before.rows("decisions", then), redirections, "id_personne")
    absent = find_absent(worksite, delivery, before)
    held = WhatChanged().held
    if absent:
        rows = before.rows("identites", then).select("id_personne", "extrait").unique()
        held = follow(rows, redirections, "id_personne")
    return explain_moves(
        moves,
        was,
        worksite.read_rows("decisions", people, on=["id_personne"]),
        WhatChanged(
            regrouped={
                *_joined(before, joined, people),
                *_parted(worksite, before, people),
            },
            **_rectified(worksite, before),
            transferred=_transferred(worksite, before, redirections),
            delivered=_delivered(before, redirections),
            absent=absent,
            held=held,
        ),
        before.code,
    )


def find_absent(
    worksite: Worksite, delivery: Delivery, before: PreparedCampaign
) -> frozenset[Source]:
    """Return the sources that the campaign before had rows of, and this one has none of.

    School years are counted from year N: those of one campaign are not those of the other.
    """
    manifest = before.manifest()
    year = int(manifest.campagne.annee_scolaire[:4])
    had = {
        name_source(file.extrait, file.annee_scolaire, year)
        for file in manifest.entrees
        if file.lignes
    }
    read = {*worksite.distinct("traits", "extrait")}
    read |= {RETOURS} if worksite.read("retours", "ligne").height else set()
    has = {
        name_source(file.extrait, file.annee_scolaire, delivery.campagne.start_year)
        for file in delivery.fichiers
        if file.extrait in read
    }
    return frozenset(had - has)


def _joined(before: PreparedCampaign, joined: pl.DataFrame, people: pl.DataFrame) -> Iterable[str]:
    """Give the people of today whom the campaign before knew under several identifiers, or another."""
    mine = joined.join(people, on="id_personne", how="semi")
    if mine.is_empty():
        return ()
    known = before.rows("identites", pl.col("id_personne").is_in(mine["id_ancien"].implode()))
    return mine.join(known, left_on="id_ancien", right_on="id_personne", how="semi")["id_personne"]


def _parted(worksite: Worksite, before: PreparedCampaign, people: pl.DataFrame) -> Iterable[str]:
    """Give the people who hold what somebody else was known by, or who lost it to somebody else.

    What they are known by (`registre`) tells it: seen with one person in the campaign before,
    and never since; seen with another in this one, for the first time.
    """
    if people.is_empty():
        return ()
    kept = worksite.find(REGISTRE)
    columns = ("id_personne", "empreinte", "campagne", "derniere")
    others = pl.col("genre") != NAMES_ALONE
    prints = read_table(kept, others, pl.col("id_personne").is_in(people["id_personne"].implode()))
    now = worksite.staging.code
    new = pl.col("campagne").cast(pl.String) == now
    lost = pl.col("derniere").cast(pl.String) == before.code
    mine = prints.select(columns).filter(new | lost)
    if mine.is_empty():
        return ()
    shared = read_table(kept, others, pl.col("empreinte").is_in(mine["empreinte"].implode()))
    told = shared.select(columns).filter(new | lost)
    pairs = mine.with_columns(new=new).join(
        told.select("empreinte", other="id_personne", other_new=new), on="empreinte"
    )
    return pairs.filter(
        pl.col("id_personne") != pl.col("other"), pl.col("new") != pl.col("other_new")
    )["id_personne"].unique()


def _rectified(worksite: Worksite, before: PreparedCampaign) -> dict[str, set[str]]:
    """Say whose birth date, and whose commune, was put right since the campaign before."""
    since = before.manifest().campagne.date_observation
    told = worksite.read(RECTIFICATIONS).filter(pl.col("decidee_le") > since)
    return {
        name: {*told.filter(pl.col("colonne") == column)["id_personne"]}
        for name, column in (("aged", BORN), ("moved_home", HOME))
    }


def _transferred(
    worksite: Worksite, before: PreparedCampaign, redirections: pl.DataFrame
) -> set[str]:
    """Return whom an answer transfers now; or did, and was taken back since."""
    now = read_table(worksite.find(REPONSES))
    standing = now.filter(~pl.col("annulee"), pl.col("psad_destination").is_not_null())
    moved = {*now.filter("transfere")["id_personne"]}
    if not before.has_table(REPONSES):
        return moved
    were = follow(before.rows(REPONSES, pl.col("transfere")), redirections, "id_personne")
    return moved | ({*were["id_personne"]} - {*standing["id_personne"]})


def _delivered(before: PreparedCampaign, redirections: pl.DataFrame) -> set[str]:
    """Return whom an answer of the extract had taken off the lists, or transferred."""
    if not before.has_table(REPONSES):
        return set()
    decisive = before.rows(
        REPONSES, pl.col("decide") | pl.col("transfere"), pl.col("origine") == "livraison"
    )
    return {*follow(decisive, redirections, "id_personne")["id_personne"]}
