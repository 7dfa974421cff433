"""From normalised rows to people, each with its stable identifier."""

from dataclasses import asdict
from functools import partial

import polars as pl

from siei_match.link import Rapprochement
from siei_match.link import link as link_rows
from siei_match.link.estimate import measure
from siei_match.link.fingerprints import TRAITS
from siei_match.link.identities import Identification, identify
from siei_match.link.thresholds import Tolerances
from siei_match.livraison import Livraison
from siei_match.settings import load_key, load_keys
from siei_match.steps.earlier import REGISTRE, read_registers
from siei_match.steps.results import Liaison, Normalisation, count_by, require_equal
from siei_match.steps.reviews import Relecture, draft_doutes, read_answers
from siei_match.steps.rights import leave_out
from siei_match.worksite import Worksite

MODELE = "modele"
TRAITS_IDENTIFY = ("rid", "extrait", "fichier", "ligne", *TRAITS)
"""The columns of traits that identification reads."""


def link(chantier: Worksite, livraison: Livraison, normalisation: Normalisation) -> Liaison:
    """Find which rows are the same person, and give each person its stable identifier."""
    reglages = chantier.reglages
    code = livraison.campagne.code
    cles = load_keys(reglages)
    with chantier.suivi.step("link", 2) as avancee:
        relecture = read_answers(chantier, cles)
        found = link_rows(
            chantier.read("traits"),
            chantier.read("parcours"),
            revues=relecture.revues,
            seuil_lien=relecture.recalage.seuil_lien,
            seuil_doute=relecture.recalage.seuil_doute,
            population=reglages.population,
            mesure=partial(measure, part=reglages.mesure) if reglages.mesure else None,
            tolerances=Tolerances(reglages.tolerance_faux, reglages.tolerance_manques),
        )
        avancee.advance()
        registres, inherited = read_registers(chantier.staging.sortie, code)
        named = identify(
            found.groupes,
            chantier.read("traits", *TRAITS_IDENTIFY),
            registres,
            cles,
            code,
            inherited,
        )
        avancee.advance()
    require_equal("identified rows", named.identites.height, "valid rows", normalisation.traits)
    require_equal("rows", named.identites["rid"].n_unique(), "valid rows", normalisation.traits)
    personnes = named.identites["id_personne"].n_unique()
    require_equal("people", personnes, "groups", found.groupes["personne"].n_unique())
    return keep_linked(chantier, livraison, found, named, relecture)


def keep_linked(
    chantier: Worksite,
    livraison: Livraison,
    found: Rapprochement,
    named: Identification,
    relecture: Relecture,
) -> Liaison:
    """Write what the linkage found, without the people whom their rights take out."""
    gardees = leave_out(
        chantier,
        livraison,
        named.identites,
        found.groupes,
        found.liens,
        found.doutes,
        named.redirections,
    )
    chantier.write(gardees.personnes, "personnes")
    chantier.write(named.redirections, "redirections")
    # Written as it will be published: it is the largest of all, and no other stage reads it.
    chantier.write_final(named.registre, REGISTRE)
    lignes = chantier.read("traits", "rid", "extrait", "fichier", "ligne")
    identites = _describe_identites(lignes, gardees.groupes, gardees.personnes)
    chantier.write(identites, "identites")
    chantier.write(gardees.liens, "liens")
    draft_doutes(chantier, gardees.liens, identites, load_key(chantier.reglages))
    chantier.write(_name_doutes(gardees.doutes, gardees.personnes), "doutes")
    chantier.write_note(found.modele, MODELE)
    return Liaison(
        personnes=named.identites["id_personne"].n_unique() - gardees.exclues.personnes,
        liens=gardees.liens.height,
        doutes=gardees.doutes.height,
        methodes=count_by(gardees.groupes, "methode"),
        comptes=found.comptes,
        seuils=asdict(found.seuils),
        erreurs=found.erreurs or {"motif": "mesure_desactivee"},
        exclues=gardees.exclues,
        revues=relecture.told(found.liens, found.comptes),
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


def _name_doutes(doutes: pl.DataFrame, personnes: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs in doubt by identifier: id_a, id_b."""
    names = personnes.select("personne", "id_personne").unique()
    return (
        doutes.join(names, left_on="personne_a", right_on="personne")
        .rename({"id_personne": "id_a"})
        .join(names, left_on="personne_b", right_on="personne")
        .select("id_a", id_b="id_personne")
        .sort("id_a", "id_b")
    )
