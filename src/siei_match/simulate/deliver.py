"""The two deliveries: each extract's rows as known on the day, shuffled, written, declared."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from siei_match.simulate import enrolments, extracts, files, typed
from siei_match.simulate.dice import cast_dice
from siei_match.simulate.files import WrittenFile
from siei_match.simulate.rates import Taux
from siei_match.simulate.records import readable_ine
from siei_match.simulate.world import Monde

# Columns emptied so that a copied row breaks a rule of the contract that rejects.
INVALIDES: Final = {
    "scolarite": {
        "nombre_de_champs": [],
        "sans_nom": ["NOM_DE_FAMILLE", "NOM_USAGE"],
        "sans_prenom": ["PRENOM", "PRENOM2", "PRENOM3"],
        "sans_annee": ["DATE_NAISS"],
        "sans_formation": ["UAI", "CODE_MEF"],
    },
    "agricole": {
        "nombre_de_champs": [],
        "sans_nom": ["nomUsuel"],
        "sans_prenom": ["prenomUsuel"],
        "sans_annee": ["dateNaissance"],
        "sans_formation": ["uai", "codeMef"],
    },
    "apprentissage": {
        "nombre_de_champs": [],
        "sans_nom": ["NOM", "NOM2"],
        "sans_prenom": ["PRENOM1", "PRENOM2", "PRENOM3"],
        "sans_annee": ["DATE_NAIS"],
    },
    "diplomes": {
        "nombre_de_champs": [],
        "sans_nom": ["NOM_DE_FAMILLE"],
        "sans_prenom": ["PRENOM", "PRENOM2"],
        "sans_annee": ["DATE_NAISS"],
    },
    "missions_locales": {
        "sans_nom": ["nomNaissance", "nomUsage"],
        "sans_prenom": ["prenom"],
        "sans_annee": ["dateNaissance"],
    },
}


@dataclass(frozen=True)
class Livree:
    """A campaign to deliver: its folder and its days."""

    code: str
    dossier: Path
    extraction: date
    annee: int  # September of the year N


Ecrire = Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]


@dataclass(frozen=True)
class WrittenDelivery:
    fichiers: list[WrittenFile]
    lignes: list[pl.DataFrame]  # truth: which row is whom
    evenements: list[pl.DataFrame]  # delivered rows with an address, as they truly are


def deliver_file(
    graine: int,
    campagne: Livree,
    lignes: pl.DataFrame,
    extrait: str,
    nom: str,
    *,
    taux: float,
    annee: int | None = None,
    separateur: str = ";",
    encodage: str | None = None,
) -> tuple[WrittenFile, pl.DataFrame]:
    """Shuffle, write and describe one file; return with it the truth of its rows."""
    des = cast_dice(graine, "livraison", campagne.code, nom)
    lignes = lignes[des.permutation(lignes.height)]
    texte = _writer(extrait)(lignes, des)
    fautes = INVALIDES[extrait.replace("_agricoles", "")]
    numerotees = texte.with_columns(personne__=lignes["personne"])
    copies, regles = typed.spoil(des, numerotees, taux, fautes)
    chemin = campagne.dossier / nom
    sifa = extrait == "apprentissage"
    if chemin.suffix == ".parquet":
        combien = files.write_parquet(chemin, pl.concat([texte, copies.drop("personne__")]))
    else:
        code = encodage or "utf-8"
        brutes = files.csv_bytes(
            copies.drop("personne__"), separateur=separateur, entete=False,
            guillemets=not sifa, encodage="utf-8",
        ).decode().splitlines()  # fmt: skip
        brutes = [
            ligne + separateur + "X" if regle == "nombre_de_champs" else ligne
            for ligne, regle in zip(brutes, regles.to_list(), strict=True)
        ]
        combien = files.write_csv(
            chemin, texte, brutes, separateur=separateur, entete=not sifa,
            guillemets=not sifa, encodage=code,
        )  # fmt: skip
    n = texte.height + copies.height
    verite = pl.DataFrame(
        {
            "campagne": pl.Series([campagne.code]).new_from_index(0, n),
            "extrait": pl.Series([extrait]).new_from_index(0, n),
            "fichier": pl.Series([nom]).new_from_index(0, n),
            "ligne": pl.Series(np.arange(1, n + 1)).cast(pl.UInt32),
            "personne": pl.concat([lignes["personne"], copies["personne__"]]),
            "ine": readable_ine(_find_ine(lignes, extrait)).extend_constant(None, copies.height),
            "invalide": pl.concat(
                [pl.Series([None], dtype=pl.String).new_from_index(0, texte.height), regles]
            ),
        }
    )
    return files.describe(chemin, extrait, combien, annee, encodage), verite


def _find_ine(lignes: pl.DataFrame, extrait: str) -> pl.Series:
    vide = pl.Series([None], dtype=pl.String).new_from_index(0, lignes.height)
    return vide if extrait == "missions_locales" else lignes["ine"]


def deliver_enrolments(
    graine: int, monde: Monde, extrait: str, campagnes: list[Livree], taux: Taux
) -> dict[str, WrittenDelivery]:
    """Write an enrolment extract for every campaign: the year N-1 and the year N."""
    source = getattr(taux, extrait)
    evenements = monde.inscriptions.filter(pl.col("extrait") == extrait)
    if extrait == "apprentissage":
        evenements = evenements.with_columns(uai_avant=pl.lit(None, pl.String))
    lignes = typed.type_rows(graine, monde, extrait, evenements, source)
    resultat = {}
    for campagne in campagnes:
        vraies = enrolments.deliver_enrolments(lignes.select(_TRUE_COLUMNS), campagne.extraction)
        livraison = WrittenDelivery([], [], [vraies.select(_TRUE_COLUMNS)])
        for annee in (campagne.annee - 1, campagne.annee):
            nom, options = _name_file(extrait, annee, annee == campagne.annee)
            fichier, verite = deliver_file(
                graine, campagne,
                enrolments.deliver_enrolments(
                    lignes.filter(pl.col("annee") == annee), campagne.extraction
                ),
                extrait, nom, taux=source.ligne_invalide, annee=annee, **options,
            )  # fmt: skip
            livraison.fichiers.append(fichier)
            livraison.lignes.append(verite)
        resultat[campagne.code] = livraison
    return resultat


_TRUE_COLUMNS: Final = [
    "personne", "extrait", "annee", "debut", "fin", "rupture", "cycle", "commune_vraie", "dip_obt",
]  # fmt: skip


def _writer(extrait: str) -> Ecrire:
    ecrire: dict[str, Ecrire] = {
        "scolarite": lambda lignes, des: extracts.write_scolarite(lignes),
        "agricole": lambda lignes, des: extracts.write_agricole(lignes),
        "apprentissage": extracts.write_apprentissage,
        "diplomes": lambda lignes, des: extracts.write_diplomes(lignes),
        "missions_locales": extracts.write_missions_locales,
    }
    return ecrire[extrait.replace("_agricoles", "")]


def _name_file(extrait: str, annee: int, courante: bool) -> tuple[str, dict[str, str]]:
    """Return the file's name and form: the contract's mix of formats, one of each."""
    scolaire = f"{annee}-{annee + 1}"
    if extrait == "scolarite":
        return f"scolarite_{scolaire}.csv.gz", {}
    if extrait == "agricole":
        return f"agricole_{scolaire}.csv", {}
    if courante:
        return f"apprentissage_{scolaire}.txt", {"separateur": ";", "encodage": "utf-8"}
    return f"apprentissage_{scolaire}.txt", {"separateur": "|", "encodage": "iso-8859-15"}


def deliver_exams(
    graine: int, monde: Monde, extrait: str, campagnes: list[Livree], taux: Taux
) -> dict[str, WrittenDelivery]:
    source = getattr(taux, extrait)
    des = cast_dice(graine, "resultats", extrait)
    examens = monde.examens.filter(pl.col("extrait") == extrait)
    absent = pl.Series(des.random(examens.height) < 0.3)
    examens = examens.with_columns(
        resultat=pl.when("admis").then(pl.lit("ADMIS"))
        .when(pl.lit(absent)).then(pl.lit("ABSENT"))
        .otherwise(pl.lit("AJOURNE"))
    )  # fmt: skip
    lignes = typed.type_rows(graine, monde, extrait, examens, source)
    nom = f"{extrait}.csv.gz" if extrait == "diplomes" else f"{extrait}.csv"
    resultat = {}
    for campagne in campagnes:
        fichier, verite = deliver_file(
            graine, campagne, lignes, extrait, nom, taux=source.ligne_invalide
        )
        resultat[campagne.code] = WrittenDelivery([fichier], [verite], [])
    return resultat


def deliver_follow_ups(
    graine: int, monde: Monde, campagnes: list[Livree], taux: Taux
) -> dict[str, WrittenDelivery]:
    extrait = "missions_locales"
    source = taux.missions_locales
    lignes = typed.type_rows(graine, monde, extrait, monde.suivis, source)
    resultat = {}
    for campagne in campagnes:
        connus = enrolments.deliver_follow_ups(lignes, campagne.extraction)
        fichier, verite = deliver_file(
            graine, campagne, connus, extrait, f"{extrait}.parquet",
            taux=source.ligne_invalide,
        )  # fmt: skip
        vrais = connus.select(
            "personne", extrait=pl.lit(extrait), annee=pl.lit(None, pl.Int16), debut="debut",
            fin="fin", rupture=pl.lit(None, pl.Date), cycle=pl.lit(None, pl.String),
            commune_vraie="commune_vraie", dip_obt=pl.lit(None, pl.String),
        )  # fmt: skip
        resultat[campagne.code] = WrittenDelivery([fichier], [verite], [vrais])
    return resultat
