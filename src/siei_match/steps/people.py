"""From normalised rows to people, decisions and lists."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from siei_match.contracts import declaration
from siei_match.decide import Observation
from siei_match.decide import decide as decide_personnes
from siei_match.errors import OutputError
from siei_match.files import PRIVATE, write_parquet
from siei_match.link import link as link_rows
from siei_match.link.estimate import measure
from siei_match.link.fingerprints import TRAITS
from siei_match.link.identities import id_signalement, identify
from siei_match.link.thresholds import Tolerances
from siei_match.livraison import Campagne, Livraison
from siei_match.nomenclatures import etablissements, load_psad
from siei_match.redirections import follow
from siei_match.rights import rectify_listes
from siei_match.route import apply_transferts, assign_psad, build_listes, sort_listes
from siei_match.settings import load_key, load_keys
from siei_match.steps.answers import (
    count_reponses,
    gather_reponses,
    note_reponses,
    warn_reponses,
)
from siei_match.steps.cohorts import CYCLES, follow_cohorts, note_profils
from siei_match.steps.results import Liaison, Normalisation, Routage, Verdict, require_equal
from siei_match.steps.reviews import draft_doutes, finish_doutes, read_answers
from siei_match.steps.rights import RECTIFICATIONS, leave_out, put_right
from siei_match.store import newest, previous_signalements, read_previous, read_published
from siei_match.vocabulary import NON_AFFECTE
from siei_match.worksite import Worksite

logger = logging.getLogger(__name__)

REGISTRE = "registre"
NAISSANCE = ("naissance_annee", "naissance_mois", "naissance_jour")
TRAITS_DECIDE = ("rid", "extrait", *NAISSANCE, "commune")
TRAITS_ROUTE = ("rid", "extrait", "ine", "sexe", *NAISSANCE, "commune")
TRAITS_IDENTIFY = ("rid", "extrait", "fichier", "ligne", *TRAITS)
REPONDU = ("id_personne", "date_retour", "retour")
PARCOURS = tuple("rid extrait annee debut fin rupture uai cycle formation".split())
"""The columns of traits and parcours that a stage reads."""


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
    write_parquet(named.registre, chantier.path(REGISTRE), PRIVATE)
    lignes = chantier.read("traits", "rid", "extrait", "fichier", "ligne")
    identites = _describe_identites(lignes, gardees.groupes, gardees.personnes)
    chantier.write(identites, "identites")
    chantier.write(gardees.liens, "liens")
    draft_doutes(chantier, gardees.liens, identites, cles[0])
    chantier.write(_name_doutes(gardees.doutes, gardees.personnes), "doutes")
    (chantier.staging.travail / "modele.json").write_text(json.dumps(found.modele), "utf-8")
    personnes = named.identites["id_personne"].n_unique()
    require_equal("people", personnes, "groups", found.groupes["personne"].n_unique())
    return Liaison(
        personnes=personnes - gardees.exclues.personnes,
        liens=gardees.liens.height,
        doutes=gardees.doutes.height,
        methodes=count_by(gardees.groupes, "methode"),
        comptes=found.comptes,
        seuils=asdict(found.seuils),
        erreurs=found.erreurs or {"motif": "mesure_desactivee"},
        exclues=gardees.exclues,
        revues=relecture.told(found.liens, found.comptes),
    )


def decide(chantier: Worksite, livraison: Livraison, liaison: Liaison) -> Verdict:
    """Decide everybody in scope, with the reason, and find everybody's platform."""
    campagne = livraison.campagne
    personnes = chantier.read("personnes", "rid", "id_personne")
    rectifications = put_right(chantier, personnes, chantier.read("redirections"))
    parcours = chantier.read("parcours", *PARCOURS)
    traits = chantier.read("traits", *TRAITS_DECIDE)
    reponses = gather_reponses(
        chantier, earlier_signalements(chantier, campagne), campagne.date_observation
    )
    observation = observe(campagne, chantier.reglages.delai_entree)
    with chantier.suivi.step("decide", 2) as avancee:
        decided = decide_personnes(
            personnes,
            parcours,
            chantier.read("titres", "rid", "niveau"),
            traits,
            reponses.reponses.select(REPONDU),
            chantier.read("doutes"),
            observation,
        )
        avancee.advance()
        psad = load_psad(chantier.reglages.psad)
        rows = (personnes, parcours, traits, psad.communes)
        placed = assign_psad(decided.decisions, *rows, etablissements(), observation.jour)
        moved = apply_transferts(
            placed, reponses.reponses, *rows, psad.zones["code"], observation.jour
        )
        decisions = moved.decisions
        avancee.advance()
    for avertissement in psad.avertissements:
        logger.warning("%s", avertissement)
    require_equal("decisions", decisions.height, "people in scope", decided.decisions.height)
    require_equal(
        "decided people", decisions["id_personne"].n_unique(), "decisions", decisions.height
    )
    chantier.write(decisions, "decisions")
    finish_doutes(chantier, decided.decisives)
    chantier.write(decided.explications.select("id_personne", "cycle_quitte"), CYCLES)
    follow_cohorts(
        chantier, campagne.code, *rows[:3], reponses.reponses.select(REPONDU), observation
    )
    note_reponses(chantier, reponses.reponses, decisions, moved.appliques, observation)
    comptes = count_reponses(reponses, moved.appliques)
    return Verdict(
        personnes=decisions.height,
        motifs=count_by(decisions, "statut", "motif"),
        reponses=comptes,
        avertissements=warn_reponses(comptes, moved.inconnus),
        rectifications=rectifications,
    )


def route(chantier: Worksite, livraison: Livraison, verdict: Verdict) -> Routage:
    """Write one row per sortant, on exactly one platform's list."""
    campagne = livraison.campagne
    decisions = chantier.read("decisions")
    sortants = decisions.filter(pl.col("statut") == "sortant")["id_personne"]
    # Few people are on a list: of the widest tables only their rows are kept.
    personnes = chantier.read("personnes", "rid", "id_personne").join(
        decisions.filter(statut="sortant").select("id_personne"), on="id_personne", how="semi"
    )
    earlier = earlier_signalements(chantier, campagne)
    psad = load_psad(chantier.reglages.psad)
    shown = name_signalements(sortants, earlier, load_key(chantier.reglages))
    with chantier.suivi.step("route", 1) as avancee:
        built = build_listes(
            decisions,
            personnes,
            chantier.read_rows("coordonnees", personnes),
            chantier.read_rows("parcours", personnes),
            chantier.read_rows("traits", personnes, *TRAITS_ROUTE),
            etablissements(),
            shown,
            earlier,
            campagne.code,
            campagne.date_observation,
        )
        avancee.advance()
    require_equal("rows over all lists", built.listes.height, "sortants", verdict.sortants)
    require_equal("signalements", built.signalements.height, "sortants", verdict.sortants)
    note_profils(chantier, built.signalements, built.listes, psad.zones)
    shown = rectify_listes(built.listes, built.signalements, chantier.read(RECTIFICATIONS))
    chantier.write(sort_listes(shown), "listes")
    chantier.write(built.signalements, "signalements")
    par_psad = count_by(built.listes, "psad")
    return Routage(
        lignes=built.listes.height,
        plateformes=len(set(par_psad) - {NON_AFFECTE}),
        non_affectes=par_psad.get(NON_AFFECTE, 0),
    )


def read_registers(sortie: Path, code: str) -> tuple[list[pl.DataFrame], pl.DataFrame | None]:
    """Return the registers in which people are looked for, and the one that is handed on.

    The newest holds every identifier given so far, this campaign's too if it runs again; that of
    the campaign before this one, those that this campaign put together.
    """
    before = newest(sortie, code)
    folders = dict.fromkeys(f for f in (before, newest(sortie)) if f is not None)
    read = {folder: _read_register(folder) for folder in folders}
    return list(read.values()), read[before] if before is not None else None


def _read_register(folder: Path) -> pl.DataFrame:
    registre = read_published(folder / f"{REGISTRE}.parquet")
    if registre.columns != declaration(f"tables/{REGISTRE}").columns:
        raise OutputError(
            f"{folder / REGISTRE}.parquet was written by another version of siei-match.",
            remedy="Run the campaigns of this folder again, oldest first, into a new --sortie.",
        )
    return registre


def earlier_signalements(chantier: Worksite, campagne: Campagne) -> pl.DataFrame:
    """Return who was listed where before this campaign, by the identifiers that they have now."""
    sortie = chantier.staging.sortie
    told = read_previous(sortie, campagne.code, "redirections")
    redirections = pl.concat([told, chantier.read("redirections")])
    return follow(previous_signalements(sortie, campagne.code), redirections, "id_personne")


def name_signalements(sortants: pl.Series, earlier: pl.DataFrame, cle: bytes) -> pl.DataFrame:
    """Return `id_personne`, `id_signalement`: the one that they were listed under first, if any."""
    first = earlier.sort("campagne", "id_signalement").unique(
        "id_personne", keep="first", maintain_order=True
    )
    named = pl.DataFrame([sortants, id_signalement(sortants, cle).alias("_nouveau")])
    return named.join(
        first.select("id_personne", "id_signalement"), on="id_personne", how="left"
    ).select("id_personne", pl.coalesce("id_signalement", "_nouveau"))


def observe(campagne: Campagne, delai_entree: int) -> Observation:
    return Observation(
        jour=campagne.date_observation,
        annee=campagne.rentree,
        definition=campagne.definition,
        delai_entree=delai_entree,
    )


def count_by(frame: pl.DataFrame, *colonnes: str) -> Mapping[Any, int]:
    """Count rows by one column's values, or by several's tuples, in the order of the values."""
    counted = frame.group_by(*colonnes).len().sort(*colonnes).rows()
    return {(row[0] if len(colonnes) == 1 else row[:-1]): row[-1] for row in counted}


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
