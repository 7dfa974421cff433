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
MOST_FICHES = 60
"""No one has more distinct records than this in two school years of all sources."""
FIRST_NAMES = ("prenom1", "prenom2", "prenom3")
CONTENT = ("_cle", "_cle_2")
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
    content = pl.struct("source", *IDENTITY, *CONTACTS)
    coded = traits.select(
        "rid",
        pl.col("extrait")
        .replace_strict(
            list(EXTRAITS_PERSONNES), range(len(EXTRAITS_PERSONNES)), return_dtype=pl.UInt8
        )
        .alias("source"),
        *IDENTITY,
        *(pl.col(c).list.join(" ") for c in CONTACTS),
    ).with_columns(_cle=content.hash(seed=1), _cle_2=content.hash(seed=2))
    # Two hashes, 128 bits, stand for fifteen texts; and records are numbered by them, so that the
    # order of rows and files leaves no trace.
    distinct = (
        coded.drop("rid")
        .unique(CONTENT)
        .sort(CONTENT)
        .with_row_index("fiche")
        .with_columns(pl.col("fiche").cast(pl.UInt32))
    )
    lignes = coded.select("rid", *CONTENT).join(
        distinct.select("fiche", *CONTENT), on=CONTENT, maintain_order="left"
    )
    distinct = _drop_fillers(distinct.drop(CONTENT))
    table, noms = _number_sets(distinct, SURNAMES, "noms")
    table, prenoms = _number_sets(table, FIRST_NAMES, "prenoms")
    table = table.with_columns(
        pl.col(c).str.split(" ").list.filter(pl.element() != "").alias(c) for c in CONTACTS
    )
    noms = noms.select(
        "noms",
        *(core(pl.col(c)).alias(c) for c in SURNAMES),
        # DE LA CRUZ may be written DELACRUZ, so the whole in one word stands beside the core.
        *(joined(pl.col(c)).alias(f"{c}_joint") for c in SURNAMES),
    )
    return Fiches(table, lignes.select("rid", "fiche"), noms, prenoms)


def _drop_fillers(table: pl.DataFrame) -> pl.DataFrame:
    """Take an INE that stands on more records than a life holds for no INE: it fills a column."""
    holders = pl.len().over("ine")
    return table.with_columns(ine=pl.when(holders <= MOST_FICHES).then("ine"))


def filler_ines(traits: pl.DataFrame, fiches: Fiches) -> int:
    """Count the INE that too many records share to be anybody's."""
    return traits["ine"].drop_nulls().n_unique() - fiches.table["ine"].drop_nulls().n_unique()


def _number_sets(
    table: pl.DataFrame, columns: tuple[str, ...], name: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the distinct sets of values: the table with the number, and what it stands for."""
    keyed = table.with_columns(_cle=pl.struct(columns).hash(seed=3))
    sets = keyed.select("_cle", *columns).unique("_cle").sort("_cle").with_row_index(name)
    numbered = keyed.join(sets.select("_cle", name), on="_cle", maintain_order="left")
    return numbered.drop("_cle"), sets.drop("_cle")


def joined(nom: pl.Expr) -> pl.Expr:
    """Return a surname of several words in one word, else null."""
    return pl.when(nom.str.contains(" ", literal=True)).then(nom.str.replace_all(" ", ""))


def core(nom: pl.Expr) -> pl.Expr:
    """Return a surname without its particles, unless nothing but particles is there."""
    words = nom.str.split(" ")
    bare = words.list.eval(pl.element().filter(~pl.element().is_in(list(PARTICULES))))
    return pl.when(bare.list.len() > 0).then(bare.list.join(" ")).otherwise(nom)
