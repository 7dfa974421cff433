"""Rows become records (*fiches*): one per distinct content of a source, in integers.

Most people stand several times in a source with the same words. Comparing each distinct
content once is the cheapest trick of all, and it makes the result independent of row order.
"""

from dataclasses import dataclass

import polars as pl

from siei_match.vocabulary import EXTRAITS_PERSONNES

IDENTITY = (
    "ine",
    "nom_naissance",
    "nom_usage",
    "prenom1",
    "prenom2",
    "prenom3",
    "sexe",
    "naissance_annee",
    "naissance_mois",
    "naissance_jour",
    "naissance_lieu",
    "adresse",
    "commune",
)
SURNAMES = ("nom_naissance", "nom_usage")
CONTACTS = ("telephones", "courriels")
PARTICULES = frozenset(
    "DE DU DES D L LE LA LES EL AL BEN BENT BINT BOU AIT DA DOS DAS DI DEL DELLA VAN VON DEN DER "
    "ABD OULD MC MAC O".split()
)
"""Words that open a surname and that one source keeps and another drops (matchID, score.ts)."""


@dataclass(frozen=True)
class Fiches:
    """Distinct records of a campaign.

    `table`: one row per fiche, column `fiche` dense from 0, ordered by content; `source` is the
    extract's place in `EXTRAITS_PERSONNES`; `noms` and `prenoms` number the distinct sets of
    names. `lignes`: `rid` → `fiche`. `noms`: id, the cores of the surnames of birth and of usage.
    `prenoms`: id, the first names.
    """

    table: pl.DataFrame
    lignes: pl.DataFrame
    noms: pl.DataFrame
    prenoms: pl.DataFrame


def build_fiches(traits: pl.DataFrame) -> Fiches:
    """Collapse the rows of `tables/traits` that say the same in the same source."""
    keys = [*IDENTITY, *CONTACTS]
    coded = traits.select(
        "rid",
        pl.col("extrait")
        .replace_strict(
            list(EXTRAITS_PERSONNES), range(len(EXTRAITS_PERSONNES)), return_dtype=pl.UInt8
        )
        .alias("source"),
        *IDENTITY,
        *(pl.col(c).list.join(" ") for c in CONTACTS),
    )
    distinct = (
        coded.select("source", *keys)
        .unique()
        # Numbered by content, so that the order of rows and files leaves no trace.
        .sort(pl.struct("source", *keys).hash(seed=1), "source", "naissance_annee", *keys[:7])
        .with_row_index("fiche")
        .with_columns(pl.col("fiche").cast(pl.UInt32))
    )
    lignes = coded.join(distinct, on=["source", *keys], how="left", nulls_equal=True)
    noms = (
        distinct.select("nom_naissance", "nom_usage")
        .unique()
        .sort("nom_naissance", "nom_usage")
        .with_row_index("noms")
    )
    prenoms = (
        distinct.select("prenom1", "prenom2", "prenom3")
        .unique()
        .sort("prenom1", "prenom2", "prenom3")
        .with_row_index("prenoms")
    )
    table = (
        distinct.join(noms, on=["nom_naissance", "nom_usage"], how="left", nulls_equal=True)
        .join(prenoms, on=["prenom1", "prenom2", "prenom3"], how="left", nulls_equal=True)
        .with_columns(
            pl.col(c).str.split(" ").list.eval(pl.element().filter(pl.element() != "")).alias(c)
            for c in CONTACTS
        )
        .sort("fiche")
    )
    noms = noms.select(
        "noms",
        *(core(pl.col(c)).alias(c) for c in SURNAMES),
        # DE LA CRUZ may be written DELACRUZ, so the whole in one word stands beside the core.
        *(joined(pl.col(c)).alias(f"{c}_joint") for c in SURNAMES),
    )
    return Fiches(table, lignes.select("rid", "fiche"), noms, prenoms)


def joined(nom: pl.Expr) -> pl.Expr:
    """Return a surname of several words in one word, else null."""
    return pl.when(nom.str.contains(" ", literal=True)).then(nom.str.replace_all(" ", ""))


def core(nom: pl.Expr) -> pl.Expr:
    """Return a surname without its particles, unless nothing but particles is there."""
    words = nom.str.split(" ")
    bare = words.list.eval(pl.element().filter(~pl.element().is_in(list(PARTICULES))))
    return pl.when(bare.list.len() > 0).then(bare.list.join(" ")).otherwise(nom)
