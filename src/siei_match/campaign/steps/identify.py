"""Identify: each person's stable identifier; then who is excluded leaves the run."""

import polars as pl

from siei_match.campaign.earlier import REGISTRE, read_registers
from siei_match.campaign.results import IdentifiedPeople, LinkageResult, count_by, require_equal
from siei_match.campaign.rights import Linked, leave_out
from siei_match.campaign.worksite import Worksite
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Delivery
from siei_match.reference.settings import load_key, load_keys
from siei_match.stages.identify.fingerprints import TRAITS
from siei_match.stages.identify.identities import Identification
from siei_match.stages.identify.identities import identify as identify_people
from siei_match.stages.identify.thresholds import name_thresholds

TRAITS_IDENTIFY = ("rid", "extrait", "fichier", "ligne", *TRAITS)
"""The columns of traits that identification reads."""


def identify(worksite: Worksite, delivery: Delivery, linkage: LinkageResult) -> IdentifiedPeople:
    """Give each person of `groupes` a stable identifier; leave out the excluded.

    Writes `personnes`, `identites`, `identites_seuils`, `liens`, `paires_personnes`, `redirections`, `register`.
    """
    code = delivery.campagne.code
    groupes = worksite.read("groupes")
    with worksite.progress.step("identify", 1) as bar:
        registers, inherited = read_registers(worksite.staging.sortie, code)
        named = identify_people(
            groupes,
            worksite.read("traits", *TRAITS_IDENTIFY),
            registers,
            load_keys(worksite.reglages),
            code,
            inherited,
            parts=worksite.parts,
        )
        bar.advance()
    require_equal("identified rows", named.identites.height, "rows of groups", groupes.height)
    require_equal("rows", named.identites["rid"].n_unique(), "rows of groups", groupes.height)
    personnes = named.identites["id_personne"].n_unique()
    require_equal("people", personnes, "groups", linkage.groupes)
    return keep_identified(worksite, delivery, groupes, named)


def keep_identified(
    worksite: Worksite, delivery: Delivery, groupes: pl.DataFrame, named: Identification
) -> IdentifiedPeople:
    """Write who is who, without the people whom their rights take out."""
    everybody = Linked(
        named.identites, groupes, worksite.read("liens_tous"), worksite.read("paires_groupes")
    )
    kept, exclues = leave_out(worksite, delivery, everybody, named.redirections)
    worksite.write(kept.people, "personnes")
    worksite.write(named.redirections, "redirections")
    # Written as it will be placed: it is the largest of all, and no other stage reads it.
    worksite.write_final(named.register, REGISTRE)
    rows = worksite.read("traits", "rid", "extrait", "fichier", "ligne")
    worksite.write(_describe_identites(rows, kept.groups, kept.people), "identites")
    seuils = name_thresholds(
        kept.people, worksite.read("noyaux"), kept.pairs, load_key(worksite.reglages)
    )
    worksite.write(_place(rows, seuils), "identites_seuils")
    worksite.write(kept.links, "liens")
    worksite.write(_name_pairs(kept.pairs, kept.people), "paires_personnes")
    return IdentifiedPeople(
        personnes=kept.people["id_personne"].n_unique(),
        liens=kept.links.height,
        pairs=kept.pairs.height,
        methods=count_by(kept.groups, "methode"),
        exclues=exclues,
    )


def _describe_identites(
    rows: pl.DataFrame, groupes: pl.DataFrame, personnes: pl.DataFrame
) -> pl.DataFrame:
    return (
        rows.join(groupes.select("rid", "methode"), on="rid")
        .join(personnes.select("rid", "id_personne"), on="rid")
        .sort("rid")
        .select("id_personne", "extrait", "fichier", "ligne", "methode")
    )


def _place(rows: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Return tables/identites_seuils of rows that `name_thresholds` named."""
    placed = rows.join(named, on="rid").sort("rid")
    return placed.select(declaration("tables/identites_seuils").columns)


def _name_pairs(pairs: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of people by identifier: tables/paires_personnes."""
    names = people.select("personne", "id_personne").unique()
    return (
        pairs.join(names, left_on="personne_a", right_on="personne")
        .rename({"id_personne": "id_a"})
        .join(names, left_on="personne_b", right_on="personne")
        .select("id_a", id_b="id_personne")
        .sort("id_a", "id_b")
    )
