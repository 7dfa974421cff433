"""Stable, keyed identifiers: the same person keeps theirs from campaign to campaign.

A person is recognised by *fingerprints*: HMAC-SHA-256 (RFC 2104) of an INE, or of names, birth
date and one more trait. The register holds fingerprints and identifiers only; without the key
nobody can compute one from a name.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from siei_match.contracts import declaration

LENGTH: Final = 32
"""Hexadecimal digits kept of the 64: 128 bits, no collision to fear among any population."""
BLOCK: Final = 64
FULL_DATE: Final = ("naissance_annee", "naissance_mois", "naissance_jour")
WEIGHTS: Final = {"ine": 4, "lieu": 2, "telephone": 2, "courriel": 2, "adresse": 2, "nom": 1}
"""What sharing a fingerprint of each kind is worth when a known person is recognised."""


@dataclass(frozen=True)
class Identification:
    """identites: `rid`, `personne`, `id_personne`. registre: `tables/registre`, to hand on."""

    identites: pl.DataFrame
    registre: pl.DataFrame


def keyed(values: pl.Series, cle: bytes) -> pl.Series:
    """Return the HMAC-SHA-256 of each text under the key, hexadecimal, cut to `LENGTH`.

    Computed in DuckDB, since a Python loop takes a minute for a country.
    """
    padded = (hashlib.sha256(cle).digest() if len(cle) > BLOCK else cle).ljust(BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    texts = pl.DataFrame({"place": range(len(values)), "texte": values}).to_arrow()
    with duckdb.connect() as connection:
        connection.register("texts", texts)
        hashed: pl.DataFrame = connection.sql(
            "SELECT sha256($outer || unhex(sha256($inner || encode(texte)))) AS h "
            "FROM texts ORDER BY place",
            params={"inner": inner, "outer": outer},
        ).pl()
    return hashed["h"].str.head(LENGTH).alias(values.name)


def id_signalement(id_personne: pl.Series, cle: bytes) -> pl.Series:
    """Return what a list shows instead of `id_personne`: stable too, and not the same."""
    return lettered("s", keyed(("signalement|" + id_personne).alias("id_signalement"), cle))


def lettered(letter: str, hashed: pl.Series) -> pl.Series:
    """Put a letter first: a spreadsheet reads 12345…e67 as a number, and rounds it."""
    return (letter + hashed.str.head(LENGTH - 1)).alias(hashed.name)


def identify(
    groupes: pl.DataFrame,
    traits: pl.DataFrame,
    registre: pl.DataFrame | None,
    cle: bytes,
    campagne: str,
) -> Identification:
    """Give each person of the campaign an identifier, that of an earlier campaign if known.

    Args:
        groupes: `tables/groupes`.
        traits: `tables/traits`.
        registre: the newest register there is, or None: a campaign that is run again, or before a
            later one, keeps the identifiers that were already given.
        cle: the secret key.
        campagne: code of this campaign.
    """
    rows = traits.join(groupes.select("rid", "personne"), on="rid")
    prints = fingerprints(rows, cle)
    known = declared("tables/registre") if registre is None else registre
    recognised = recognise(prints, known)
    seeds = keep_apart(new_seeds(rows, cle, campagne), recognised, cle)
    people = (
        seeds.join(recognised, on="personne", how="left")
        .with_columns(id_personne=pl.coalesce("id_personne", "graine"))
        .select("personne", "id_personne")
    )
    identites = groupes.select("rid", "personne").join(people, on="personne").sort("rid")
    fresh = prints.join(people, on="personne").select(
        "empreinte", "genre", "id_personne", campagne=pl.lit(campagne)
    )
    merged = (
        pl.concat([known.filter(pl.col("campagne") <= campagne), fresh])
        .group_by("empreinte", "genre", "id_personne")
        .agg(pl.col("campagne").min())
        .sort("empreinte", "id_personne")
        .select(declaration("tables/registre").columns)
    )
    return Identification(identites, merged)


def declared(path: str) -> pl.DataFrame:
    return pl.DataFrame(schema=declaration(path).polars_schema)


def fingerprints(rows: pl.DataFrame, cle: bytes) -> pl.DataFrame:
    """Return `personne`, `genre`, `empreinte`, distinct; null traits give no fingerprint."""
    nom = pl.coalesce("nom_naissance", "nom_usage")
    base = pl.concat_str(
        nom, "prenom1", *(pl.col(c).cast(pl.String) for c in FULL_DATE), separator="|"
    )
    rows = rows.with_columns(_base=base)
    kinds = {
        "ine": pl.col("ine"),
        "lieu": pl.concat_str("_base", "naissance_lieu", separator="|"),
        "adresse": pl.concat_str("_base", "commune", "adresse", separator="|"),
        "nom": pl.col("_base"),
    }
    texts = [
        rows.select("personne", genre=pl.lit(kind), texte=pl.lit(f"{kind}|") + expr)
        for kind, expr in kinds.items()
    ]
    for kind, column in (("telephone", "telephones"), ("courriel", "courriels")):
        exploded = rows.select("personne", "_base", column).explode(column)
        text = pl.lit(f"{kind}|") + pl.concat_str("_base", column, separator="|")
        texts.append(exploded.select("personne", genre=pl.lit(kind), texte=text))
    distinct = pl.concat(texts).drop_nulls("texte").unique()
    return distinct.with_columns(keyed(distinct["texte"], cle).alias("empreinte")).select(
        "personne", "genre", "empreinte"
    )


def new_seeds(rows: pl.DataFrame, cle: bytes, campagne: str) -> pl.DataFrame:
    """Return `personne`, `graine`: the identifier a person gets if nobody knows them.

    It comes from one row's whole content: rows of one source with the same content are one
    person's, so no two people share it. The campaign keeps it apart from earlier identifiers.
    """
    content = pl.concat_str(
        pl.lit(campagne),
        "extrait",
        *(
            pl.col(c).cast(pl.String).fill_null("")
            for c in rows.columns
            if c in _CONTENT and c not in ("telephones", "courriels")
        ),
        *(pl.col(c).list.join(" ").fill_null("") for c in ("telephones", "courriels")),
        separator="|",
    )
    first = (
        rows.select("personne", contenu=content).group_by("personne").agg(pl.col("contenu").min())
    )
    return first.select(
        "personne", graine=lettered("p", keyed("personne|" + first["contenu"], cle))
    ).sort("personne")


def keep_apart(seeds: pl.DataFrame, recognised: pl.DataFrame, cle: bytes) -> pl.DataFrame:
    """Draw again the seed of each unknown person that is another's identifier already.

    A campaign run again may tell apart two people whom it took for one: the identifier goes to
    one of them, and the other may hold the row from which it was drawn.
    """
    while True:
        taken = (
            seeds.join(recognised, on="personne", how="anti")
            .join(recognised, left_on="graine", right_on="id_personne", how="semi")
            .sort("personne")
        )
        if taken.is_empty():
            return seeds
        again = lettered("p", keyed("encore|" + taken["graine"], cle))
        drawn = pl.DataFrame([taken["personne"], again.alias("autre")])
        seeds = (
            seeds.join(drawn, on="personne", how="left", maintain_order="left")
            .with_columns(graine=pl.coalesce("autre", "graine"))
            .drop("autre")
        )


_CONTENT: Final = frozenset(
    "ine nom_naissance nom_usage prenom1 prenom2 prenom3 sexe naissance_annee naissance_mois "
    "naissance_jour naissance_lieu telephones courriels adresse commune".split()
)


def recognise(prints: pl.DataFrame, registre: pl.DataFrame) -> pl.DataFrame:
    """Return `personne`, `id_personne` for the people whom the register knows, one to one.

    Each fingerprint that both hold votes with its weight; name and date alone never suffice
    where somebody else holds them too. Best first, the older identifier first among equals.
    """
    alone = prints.filter(pl.col("empreinte").count().over("empreinte", "genre") == 1)
    alone = alone.filter(pl.col("genre") == "nom")
    voting = pl.concat([prints.filter(pl.col("genre") != "nom"), alone])
    votes = (
        voting.join(registre, on=["empreinte", "genre"])
        .with_columns(poids=pl.col("genre").replace_strict(WEIGHTS, return_dtype=pl.Int64))
        .group_by("personne", "id_personne")
        .agg(pl.col("poids").sum(), pl.col("campagne").min(), pl.col("empreinte").min())
        .filter(pl.col("poids") > 0)
    )
    return one_to_one(votes)


def one_to_one(votes: pl.DataFrame) -> pl.DataFrame:
    """Match people and identifiers by rounds of mutual best, until none is left."""
    found = []
    order = ["poids", "campagne", "id_personne", "empreinte"]
    left = votes.sort(order, descending=[True, False, False, False]).with_row_index("rang")
    while left.height:
        best = left.filter(
            (pl.col("rang") == pl.col("rang").min().over("personne"))
            & (pl.col("rang") == pl.col("rang").min().over("id_personne"))
        )
        found.append(best.select("personne", "id_personne"))
        left = left.join(best, on="personne", how="anti").join(best, on="id_personne", how="anti")
    empty = votes.select("personne", "id_personne").clear()
    return pl.concat([empty, *found])
