"""Candidate pairs: several blocking passes, each counted before it is paid for.

A pass gives each fiche one or more keys; fiches that share a key are compared. A block that
would cost more than `MAX_BLOCK` fiches is split by a further key (birthplace, then sex and
first letter): what a split leaves out is counted in `Passe.pairs_left_out`, never silent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.link.codes import DATE
from siei_match.link.fiches import Fiches
from siei_match.link.likeness import values_long
from siei_match.link.sounds import sound

MAX_BLOCK: Final = 300
Keys = pl.DataFrame
"""Columns `fiche`, `cle` (UInt64)."""


@dataclass(frozen=True)
class Passe:
    """What a blocking pass did: fiches with a key, blocks, pairs counted, the largest block."""

    name: str
    keyed: int
    blocks: int
    pairs: int
    largest: int
    pairs_left_out: int


def _key(*parts: pl.Expr | str) -> pl.Expr:
    return pl.struct(*parts).hash(seed=0)


def words_of_names(fiches: Fiches) -> pl.DataFrame:
    """Return `fiche`, `mot`, `rang`: each word of the surnames (rang 0) and first names (1, 2, 3)."""
    noms = (
        values_long(fiches.noms, "noms")
        .with_columns(pl.col("valeur").str.split(" "))
        .explode("valeur")
        .select(pl.col("id").alias("noms"), pl.col("valeur").alias("mot"))
        .unique()
    )
    prenoms = (
        values_long(fiches.prenoms, "prenoms")
        .with_columns(pl.col("valeur").str.split(" "))
        .explode("valeur")
        .select(
            pl.col("id").alias("prenoms"),
            pl.col("valeur").alias("mot"),
            (pl.col("rang") + 1).alias("rang"),
        )
        .unique(["prenoms", "mot"], keep="first", maintain_order=True)
    )
    ids = fiches.table.select("fiche", "noms", "prenoms")
    return pl.concat(
        [
            ids.join(noms, on="noms").select("fiche", "mot", pl.lit(0, pl.UInt8).alias("rang")),
            ids.join(prenoms, on="prenoms").select("fiche", "mot", pl.col("rang").cast(pl.UInt8)),
        ]
    )


def _date_and_sound(fiches: Fiches, words: pl.DataFrame) -> Keys:
    """Same birth date, and any word of the names heard alike, surname or first name alike."""
    dated = fiches.table.drop_nulls(DATE).select("fiche", *DATE)
    return words.join(dated, on="fiche").select("fiche", cle=_key(*DATE, "son"))


def _names_and_year(fiches: Fiches, words: pl.DataFrame) -> Keys:
    """A word of the surname and one of the first names, and the year: wrong day or month."""
    return _word_pairs(words, fiches.table.select("fiche", "naissance_annee"))


def _names_and_day(fiches: Fiches, words: pl.DataFrame) -> Keys:
    """A word of each name, day and month: wrong year."""
    day = fiches.table.drop_nulls(DATE).select("fiche", "naissance_mois", "naissance_jour")
    return _word_pairs(words, day)


def _names_and_place(fiches: Fiches, words: pl.DataFrame) -> Keys:
    """A word of each name and the birthplace: a date with several errors."""
    return _word_pairs(
        words, fiches.table.drop_nulls("naissance_lieu").select("fiche", "naissance_lieu")
    )


def _word_pairs(words: pl.DataFrame, other: pl.DataFrame) -> Keys:
    columns = [c for c in other.columns if c != "fiche"]
    surnames = words.filter(pl.col("rang") == 0).select("fiche", nom="son")
    first = words.filter(pl.col("rang") > 0).select("fiche", prenom="son")
    return (
        surnames.join(first, on="fiche")
        .join(other, on="fiche")
        # The two words in alphabetical order, so that name and first name may be inverted.
        .select(
            "fiche",
            cle=_key(
                *columns,
                pl.min_horizontal("nom", "prenom").alias("mot_1"),
                pl.max_horizontal("nom", "prenom").alias("mot_2"),
            ),
        )
    )


def _contact(column: str) -> Callable[[Fiches, pl.DataFrame], Keys]:
    def keys(fiches: Fiches, words: pl.DataFrame) -> Keys:
        """Same phone or e-mail and year of birth: names beyond recognition."""
        return (
            fiches.table.select("fiche", "naissance_annee", column)
            .explode(column)
            .drop_nulls(column)
            .select("fiche", cle=_key("naissance_annee", column))
        )

    return keys


def _address(fiches: Fiches, words: pl.DataFrame) -> Keys:
    """Same street, commune and birth date."""
    return fiches.table.drop_nulls(["adresse", "commune", *DATE]).select(
        "fiche", cle=_key("adresse", "commune", *DATE)
    )


def _ine(fiches: Fiches, words: pl.DataFrame) -> Keys:
    return fiches.table.drop_nulls("ine").select("fiche", cle=_key("ine"))


PASSES: Final[Mapping[str, Callable[[Fiches, pl.DataFrame], Keys]]] = {
    "date_et_son": _date_and_sound,
    "noms_et_annee": _names_and_year,
    "noms_et_jour": _names_and_day,
    "noms_et_lieu": _names_and_place,
    "telephone": _contact("telephones"),
    "courriel": _contact("courriels"),
    "adresse": _address,
    "ine": _ine,
}


def sounding_words(fiches: Fiches) -> pl.DataFrame:
    """Return `words_of_names` with `son`, the sound code of each word."""
    words = words_of_names(fiches)
    sounds = words.select("mot").unique().with_columns(son=sound(pl.col("mot")))
    return words.join(sounds, on="mot")


def block(
    fiches: Fiches, groupes: pl.DataFrame, passes: Mapping[str, Callable[..., Keys]] = PASSES
) -> tuple[pl.DataFrame, list[Passe]]:
    """Return the distinct pairs `a` < `b` of fiches of different groups, and each pass's account.

    Args:
        fiches: the campaign's records.
        groupes: `fiche`, `groupe`: fiches already known to be one person are not paired again.
        passes: the blocking passes by name.
    """
    words = sounding_words(fiches)
    found: list[pl.DataFrame] = []
    accounts = []
    for name, keys_of in passes.items():
        pairs, account = run_pass(name, keys_of(fiches, words).unique(), fiches, groupes)
        found.append(pairs)
        accounts.append(account)
    return pl.concat(found).unique().sort("a", "b"), accounts


def run_pass(
    name: str, keys: Keys, fiches: Fiches, groupes: pl.DataFrame
) -> tuple[pl.DataFrame, Passe]:
    """Pair the fiches that share a key; split the blocks that are too large."""
    keyed = keys["fiche"].n_unique()
    sizes = keys.group_by("cle").len().filter(pl.col("len") > 1)
    largest = int(sizes["len"].max() or 0)  # type: ignore[arg-type]
    keys = keys.join(sizes, on="cle")
    before = count_pairs(sizes)
    large = keys.filter(pl.col("len") > MAX_BLOCK)
    if large.height:
        further = fiches.table.select("fiche", "naissance_lieu", "sexe")
        # Absent birthplaces must still meet present ones: they keep the block of the sex alone.
        split = (
            large.join(further, on="fiche")
            .with_columns(cle=_key("cle", "sexe", pl.col("naissance_lieu").str.head(2)))
            .drop("naissance_lieu", "sexe", "len")
        )
        split_sizes = split.group_by("cle").len().filter(pl.col("len").is_between(2, 4 * MAX_BLOCK))
        keys = pl.concat(
            [
                keys.filter(pl.col("len") <= MAX_BLOCK),
                split.join(split_sizes, on="cle"),
            ]
        )
        sizes = pl.concat([sizes.filter(pl.col("len") <= MAX_BLOCK), split_sizes])
    kept = count_pairs(sizes)
    grouped = keys.select("fiche", "cle").join(groupes, on="fiche")
    pairs = (
        grouped.join(grouped, on="cle", suffix="_b")
        .filter((pl.col("fiche") < pl.col("fiche_b")) & (pl.col("groupe") != pl.col("groupe_b")))
        .select(pl.col("fiche").alias("a"), pl.col("fiche_b").alias("b"))
        .unique()
    )
    return pairs, Passe(name, keyed, sizes.height, kept, largest, before - kept)


def count_pairs(sizes: pl.DataFrame) -> int:
    return int(
        sizes.select((pl.col("len").cast(pl.UInt64) * (pl.col("len") - 1) // 2).sum()).item()
    )
