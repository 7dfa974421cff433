"""Identify: each person's stable identifier; then who is excluded leaves the run."""

import polars as pl

from siei_match.campaign.earlier import REGISTRE, read_registers
from siei_match.campaign.results import IdentifiedPeople, Liaison, count_by, require_equal
from siei_match.campaign.rights import Linked, leave_out
from siei_match.campaign.worksite import Worksite
from siei_match.reference.delivery import Livraison
from siei_match.reference.settings import load_keys
from siei_match.stages.identify.fingerprints import TRAITS
from siei_match.stages.identify.identities import Identification
from siei_match.stages.identify.identities import identify as identify_people

TRAITS_IDENTIFY = ("rid", "extrait", "fichier", "ligne", *TRAITS)
"""The columns of traits that identification reads."""


def identify(chantier: Worksite, livraison: Livraison, liaison: Liaison) -> IdentifiedPeople:
    """Give each person of `groupes` a stable identifier; leave out the excluded.

    Writes `personnes`, `identites`, `liens`, `paires_personnes`, `redirections`, `registre`.
    """
    code = livraison.campagne.code
    groupes = chantier.read("groupes")
    with chantier.suivi.step("identify", 1) as avancee:
        registres, inherited = read_registers(chantier.staging.sortie, code)
        named = identify_people(
            groupes,
            chantier.read("traits", *TRAITS_IDENTIFY),
            registres,
            load_keys(chantier.reglages),
            code,
            inherited,
        )
        avancee.advance()
    require_equal("identified rows", named.identites.height, "rows of groups", groupes.height)
    require_equal("rows", named.identites["rid"].n_unique(), "rows of groups", groupes.height)
    personnes = named.identites["id_personne"].n_unique()
    require_equal("people", personnes, "groups", liaison.groupes)
    return keep_identified(chantier, livraison, groupes, named)


def keep_identified(
    chantier: Worksite, livraison: Livraison, groupes: pl.DataFrame, named: Identification
) -> IdentifiedPeople:
    """Write who is who, without the people whom their rights take out."""
    everybody = Linked(
        named.identites, groupes, chantier.read("liens_tous"), chantier.read("paires_groupes")
    )
    kept, exclues = leave_out(chantier, livraison, everybody, named.redirections)
    chantier.write(kept.people, "personnes")
    chantier.write(named.redirections, "redirections")
    # Written as it will be placed: it is the largest of all, and no other stage reads it.
    chantier.write_final(named.registre, REGISTRE)
    lignes = chantier.read("traits", "rid", "extrait", "fichier", "ligne")
    chantier.write(_describe_identites(lignes, kept.groups, kept.people), "identites")
    chantier.write(kept.links, "liens")
    chantier.write(_name_pairs(kept.pairs, kept.people), "paires_personnes")
    return IdentifiedPeople(
        personnes=kept.people["id_personne"].n_unique(),
        liens=kept.links.height,
        pairs=kept.pairs.height,
        methodes=count_by(kept.groups, "methode"),
        exclues=exclues,
    )


def _describe_identites(
    lignes: pl.DataFrame, groupes: pl.DataFrame, personnes: pl.DataFrame
) -> pl.DataFrame:
    return (
        lignes.join(groupes.select("rid", "methode"), on="rid")
        .join(personnes.select("rid", "id_personne"), on="rid")
        .sort("rid")
        .select("id_personne", "extrait", "fichier", "ligne", "methode")
    )


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
