"""Candidate pairs: several blocking passes, each counted before it is paid for.

A pass gives each fiche one or more keys; fiches that share a key are compared. Loose passes seek
a partner for the fiches that no INE places, or whose date is partial: two groups that both hold
INE are one person only by a clerical error, and then the strict passes meet them. In a block of more than `MAX_BLOCK` fiches a pair must
agree on one more trait; what this leaves out is counted, never silent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.link.codes import DATE
from siei_match.link.fiches import Fiches
from siei_match.link.likeness import values_long
from siei_match.link.sounds import sound

MAX_BLOCK: Final = 400
HOPELESS_BLOCK: Final = 5_000
"""So many fiches with one more trait in common are a defect of the delivery: they are left out."""
FURTHER: Final = ("naissance_mois", "naissance_jour", "naissance_lieu", "commune")
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


@dataclass(frozen=True)
class Words:
    """The words of names, by sound. each: `fiche`, `son`. pairs: `fiche`, `paire` (surname and
    first name, hashed).
    """

    each: pl.DataFrame
    pairs: pl.DataFrame


KeysOf = Callable[[Fiches, Words], Keys]


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


def _date_and_sound(fiches: Fiches, words: Words) -> Keys:
    """Same birth date, and any word of the names heard alike, surname or first name alike."""
    dated = fiches.table.drop_nulls(DATE).select("fiche", *DATE)
    return words.each.join(dated, on="fiche").select("fiche", cle=_key(*DATE, "son"))


def _date_and_names(fiches: Fiches, words: Words) -> Keys:
    """Same birth date, and a word of the surname and one of the first names heard alike."""
    return _word_pairs(words, fiches.table.drop_nulls(DATE).select("fiche", *DATE))


def _names_and(*parts: str) -> KeysOf:
    def keys(fiches: Fiches, words: Words) -> Keys:
        """A word of each name, and some parts of the birth date or the birthplace."""
        return _word_pairs(words, fiches.table.drop_nulls(parts).select("fiche", *parts))

    return keys


def _names_and_swapped_date(fiches: Fiches, words: Words) -> Keys:
    """A word of each name, the year, and day and month in either order."""
    mois, jour = pl.col("naissance_mois"), pl.col("naissance_jour")
    swapped = fiches.table.drop_nulls(DATE).select(
        "fiche",
        "naissance_annee",
        petit=pl.min_horizontal(mois, jour),
        grand=pl.max_horizontal(mois, jour),
    )
    return _word_pairs(words, swapped)


def _word_pairs(words: Words, other: pl.DataFrame) -> Keys:
    columns = [c for c in other.columns if c != "fiche"]
    return words.pairs.join(other, on="fiche").select("fiche", cle=_key(*columns, "paire"))


def _contact(column: str) -> KeysOf:
    def keys(fiches: Fiches, words: Words) -> Keys:
        """Same phone or e-mail and year of birth: names beyond recognition."""
        return (
            fiches.table.select("fiche", "naissance_annee", column)
            .explode(column)
            .drop_nulls(column)
            .select("fiche", cle=_key("naissance_annee", column))
        )

    return keys


def _address(fiches: Fiches, words: Words) -> Keys:
    """Same street, commune and birth date."""
    return fiches.table.drop_nulls(["adresse", "commune", *DATE]).select(
        "fiche", cle=_key("adresse", "commune", *DATE)
    )


def _ine(fiches: Fiches, words: Words) -> Keys:
    return fiches.table.drop_nulls("ine").select("fiche", cle=_key("ine"))


EVERYBODY: Final = "tous"
WITHOUT_INE: Final = "sans_ine"
PARTIAL_DATE: Final = "date_partielle"
PASSES: Final[Mapping[str, tuple[KeysOf, str]]] = {
    "date_et_noms": (_date_and_names, EVERYBODY),
    "telephone": (_contact("telephones"), EVERYBODY),
    "courriel": (_contact("courriels"), EVERYBODY),
    "adresse": (_address, EVERYBODY),
    "ine": (_ine, EVERYBODY),
    "date_et_son": (_date_and_sound, WITHOUT_INE),
    "noms_et_mois": (_names_and("naissance_annee", "naissance_mois"), WITHOUT_INE),
    "noms_et_jour": (_names_and("naissance_annee", "naissance_jour"), WITHOUT_INE),
    "noms_sans_annee": (_names_and("naissance_mois", "naissance_jour"), WITHOUT_INE),
    "noms_date_inversee": (_names_and_swapped_date, WITHOUT_INE),
    "noms_et_lieu": (_names_and("naissance_annee", "naissance_lieu"), WITHOUT_INE),
    "noms_et_annee": (_names_and("naissance_annee"), PARTIAL_DATE),
}
"""Each pass, and who seeks a partner in it: one fiche at least of each pair."""


def sounding_words(fiches: Fiches) -> Words:
    """Return the sound codes of the words of each fiche's names, alone and in pairs."""
    words = words_of_names(fiches)
    sounds = words.select("mot").unique().with_columns(son=sound(pl.col("mot")))
    each = words.join(sounds, on="mot").select("fiche", "rang", "son").unique()
    surnames = each.filter(pl.col("rang") == 0).select("fiche", nom="son")
    first = each.filter(pl.col("rang") > 0).select("fiche", prenom="son")
    pairs = surnames.join(first, on="fiche").select(
        "fiche",
        # The two words in alphabetical order, so that name and first name may be inverted.
        paire=_key(
            pl.min_horizontal("nom", "prenom").alias("mot_1"),
            pl.max_horizontal("nom", "prenom").alias("mot_2"),
        ),
    )
    return Words(each.select("fiche", "son").unique(), pairs.unique())


def block(fiches: Fiches, groupes: pl.DataFrame) -> tuple[pl.DataFrame, list[Passe]]:
    """Return the distinct pairs `a` < `b` of fiches of different groups, and each pass's account.

    Args:
        fiches: the campaign's records.
        groupes: `fiche`, `groupe`: fiches already known to be one person are not paired again.
    """
    words = sounding_words(fiches)
    traits = fiches.table.select("fiche", "ine", *DATE, *(c for c in FURTHER if c not in DATE))
    placed = groupes.join(traits, on="fiche").with_columns(
        pl.lit(value=True).alias(EVERYBODY),
        (pl.col("ine").count().over("groupe") == 0).alias(WITHOUT_INE),
        partial_date().alias(PARTIAL_DATE),
    )
    found: list[pl.DataFrame] = []
    accounts = []
    for name, (keys_of, seekers) in PASSES.items():
        pairs, account = run_pass(name, keys_of(fiches, words).unique(), placed, seekers)
        found.append(pairs)
        accounts.append(account)
    return pl.concat(found).unique().sort("a", "b"), accounts


def partial_date() -> pl.Expr:
    """True where month or day is unknown, or 1 January, which often means so."""
    mois, jour = pl.col("naissance_mois"), pl.col("naissance_jour")
    return mois.is_null() | jour.is_null() | ((mois == 1) & (jour == 1))


def run_pass(
    name: str, keys: Keys, placed: pl.DataFrame, seekers: str
) -> tuple[pl.DataFrame, Passe]:
    """Pair the fiches that share a key; split the blocks that are too large.

    Args:
        name: of the pass.
        keys: `fiche`, `cle`, distinct.
        placed: `fiche`, `groupe`, who seeks in which pass, and the traits of `FURTHER`.
        seekers: the column of `placed` that is true of one fiche at least of each pair.
    """
    keyed = keys["fiche"].n_unique()
    blocks = keys.join(placed.select("fiche", "groupe", libre=seekers), on="fiche")
    blocks = blocks.join(blocks.filter("libre").select("cle").unique(), on="cle", how="semi")
    sizes = measure(blocks)
    large = blocks.join(sizes.filter(pl.col("len") > MAX_BLOCK), on="cle", how="semi")
    small = blocks.join(
        sizes.filter(pl.col("len").is_between(2, MAX_BLOCK), pl.col("libres") > 0),
        on="cle",
        how="semi",
    )
    kept = pl.concat([small, split(large, placed)])
    pairs = (
        kept.filter("libre")
        .join(kept, on="cle", suffix="_b")
        .filter(
            (pl.col("groupe") != pl.col("groupe_b"))
            & ((pl.col("fiche") < pl.col("fiche_b")) | ~pl.col("libre_b"))
        )
        .select(a=pl.min_horizontal("fiche", "fiche_b"), b=pl.max_horizontal("fiche", "fiche_b"))
        .unique()
    )
    kept_sizes = measure(kept)
    paid = count_pairs(kept_sizes)
    return pairs, Passe(
        name,
        keyed,
        kept_sizes.height,
        paid,
        int(sizes["len"].max() or 0),  # type: ignore[arg-type]
        max(0, count_pairs(sizes) - paid),
    )


def measure(blocks: pl.DataFrame) -> pl.DataFrame:
    """Return `cle`, `len`, `libres` of each block."""
    return blocks.group_by("cle").agg(pl.len(), libres=pl.col("libre").sum())


def split(large: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """Cut blocks by each trait of `FURTHER` in turn: a pair must agree on one of them."""
    cut = [
        large.join(placed.select("fiche", trait).drop_nulls(), on="fiche").select(
            "fiche", cle=_key(pl.lit(trait), "cle", trait), groupe="groupe", libre="libre"
        )
        for trait in FURTHER
    ]
    parts = pl.concat([large.clear(), *cut])
    return parts.filter(pl.len().over("cle") <= HOPELESS_BLOCK)


def count_pairs(sizes: pl.DataFrame) -> int:
    """Count the pairs of which one at least is `libre`."""
    size, free = (pl.col(c).cast(pl.Int64) for c in ("len", "libres"))
    pairs = size * (size - 1) // 2 - (size - free) * (size - free - 1) // 2
    return int(sizes.select(pairs.sum()).item() or 0)
