"""Stable, keyed identifiers: the same person keeps theirs from campaign to campaign.

A person is recognised by *fingerprints*: HMAC-SHA-256 (RFC 2104) of an INE, or of names, birth
date and one more trait. The register holds fingerprints and identifiers only; without the key
nobody can compute one from a name.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl
import pyarrow as pa

from siei_match.contracts import declaration

LENGTH: Final = 32
"""Hexadecimal digits kept of the 64: 128 bits, no collision to fear among any population."""
BLOCK: Final = 64
PART: Final = 1 << 17
"""People whose fingerprints are computed at once."""
BATCH: Final = 1 << 15
"""Texts that a thread of DuckDB takes at once."""
DIGITS: Final = 15
"""As many hexadecimal digits as a signed number of 64 bits holds for certain."""
FULL_DATE: Final = ("naissance_annee", "naissance_mois", "naissance_jour")
WEIGHTS: Final = {"ine": 4, "lieu": 2, "telephone": 2, "courriel": 2, "adresse": 2, "nom": 1}
"""What sharing a fingerprint of each kind is worth when a known person is recognised."""
KINDS: Final = pl.Enum(list(WEIGHTS))
"""A byte a fingerprint, where there are millions."""


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
    # The newest Arrow has polars' own strings: nothing is copied on the way in.
    texts = pl.DataFrame({"place": range(len(values)), "texte": values}).to_arrow(
        compat_level=pl.CompatLevel.newest()
    )
    with duckdb.connect() as connection:
        connection.register("texts", pa.Table.from_batches(texts.to_batches(BATCH), texts.schema))
        hashed: pl.DataFrame = connection.sql(
            "SELECT place, left(sha256($outer || unhex(sha256($inner || encode(texte)))), $length) "
            "AS h FROM texts",
            params={"inner": inner, "outer": outer, "length": LENGTH},
        ).pl()
    # DuckDB keeps the order of what it reads, and a set that is sorted is not sorted again.
    return hashed.sort("place")["h"].alias(values.name)


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
    rows = number_rows(traits, groupes)
    prints = pl.concat([fingerprints(part, cle) for part in in_parts(rows)])
    known = declared("tables/registre") if registre is None else registre
    recognised = recognise(prints, known)
    # Only those whom nobody knows need a seed.
    newcomers = (part.join(recognised, on="personne", how="anti") for part in in_parts(rows))
    drawn = pl.concat([new_seeds(part, cle, campagne) for part in newcomers])
    seeds = keep_apart(drawn, recognised, cle)
    people = pl.concat([recognised, seeds.rename({"graine": "id_personne"})])
    identites = groupes.select("rid", "personne").join(people, on="personne").sort("rid")
    return Identification(identites, register(prints, people, known, campagne))


def number_rows(traits: pl.DataFrame, groupes: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `traits` with their `personne`, null for a row of no group.

    A join would copy every column, lists included: only the numbers are joined.
    """
    numbers = traits.select("rid").join(
        groupes.select("rid", "personne"), on="rid", how="left", maintain_order="left"
    )
    columns = [c for c in traits.columns if c in _CONTENT or c == "extrait"]
    return traits.select(columns).with_columns(numbers["personne"])


def in_parts(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give the rows of some thousands of people at a time, at least once.

    The texts under the fingerprints of a whole country would be the largest thing that a run
    holds.
    """
    last = rows.select(pl.col("personne").max()).item() or 0
    for first in range(0, last + 1, PART):
        yield rows.filter(pl.col("personne").is_between(first, first + PART - 1))


def register(
    prints: pl.DataFrame, people: pl.DataFrame, known: pl.DataFrame, campagne: str
) -> pl.DataFrame:
    """Return the register to hand on: what was known by this campaign, and what is new in it."""
    earlier = known.filter(pl.col("campagne") <= campagne)
    codes = pl.Enum(sorted({*earlier["campagne"].unique(), campagne}))
    earlier = earlier.with_columns(pl.col("genre").cast(KINDS), pl.col("campagne").cast(codes))
    new = prints.join(people, on="personne").select(
        "empreinte", "genre", "id_personne", campagne=pl.lit(campagne, codes)
    )
    if earlier.height:
        new = new.join(earlier, on=["empreinte", "id_personne"], how="anti")
    columns = declaration("tables/registre").columns
    merged = sort_register(pl.concat([earlier.select(columns), new.select(columns)]))
    return merged.with_columns(pl.col("genre", "campagne").cast(pl.String))


def sort_register(registre: pl.DataFrame) -> pl.DataFrame:
    """Sort by `empreinte`, then `id_personne`.

    By the number that the first digits are: texts take ten times as long to sort. The few that
    begin alike, of people who share a fingerprint, are then put in order where they stand.
    """
    digits = pl.col("empreinte").str.head(DIGITS).str.to_integer(base=16, dtype=pl.Int64)
    order = registre.select(digits.alias("nombre")).with_row_index("place").sort("nombre")
    alike = order.select(pl.col("nombre").is_duplicated())["nombre"]
    texts = registre.select("empreinte", "id_personne")[order["place"].filter(alike)]
    put = texts.with_columns(order["place"].filter(alike)).sort("empreinte", "id_personne")
    return registre[order["place"].scatter(alike.arg_true(), put["place"])]


def declared(path: str) -> pl.DataFrame:
    return pl.DataFrame(schema=declaration(path).polars_schema)


def fingerprints(rows: pl.DataFrame, cle: bytes) -> pl.DataFrame:
    """Return `personne`, `genre`, `empreinte`, distinct; null traits give no fingerprint."""
    nom = pl.coalesce("nom_naissance", "nom_usage")
    base = pl.concat_str(
        nom, "prenom1", *(pl.col(c).cast(pl.String) for c in FULL_DATE), separator="|"
    )
    rows = rows.with_columns(_base=base)
    texts = {
        "ine": pl.col("ine"),
        "lieu": pl.concat_str("_base", "naissance_lieu", separator="|"),
        "adresse": pl.concat_str("_base", "commune", "adresse", separator="|"),
        "nom": pl.col("_base"),
        "telephone": pl.concat_str("_base", "telephones", separator="|"),
        "courriel": pl.concat_str("_base", "courriels", separator="|"),
    }
    lists = {"telephone": "telephones", "courriel": "courriels"}
    found = []
    for kind, text in texts.items():
        own = rows
        if kind in lists:
            own = rows.select("personne", "_base", lists[kind]).explode(lists[kind])
        distinct = (
            own.select("personne", texte=pl.lit(f"{kind}|") + text).drop_nulls("texte").unique()
        )
        found.append(
            distinct.select(
                "personne",
                genre=pl.lit(kind, KINDS),
                empreinte=keyed(distinct["texte"], cle),
            )
        )
    return pl.concat(found)


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
    named = pl.col("genre") == "nom"
    alone = prints.filter(named).filter(pl.col("empreinte").is_unique())
    voting = pl.concat([prints.filter(~named), alone])
    votes = (
        # The text under a fingerprint begins with its kind: one fingerprint is of one kind.
        voting.join(registre.drop("genre"), on="empreinte")
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
