"""Fingerprints: keyed hashes of what a person is recognised by from campaign to campaign.

An INE, or names and birth date with one more trait. The register holds them and identifiers only.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from siei_match.reference.arrays import TEXT, mix, runs
from siei_match.reference.engines import DonePart, Parts, Secret
from siei_match.reference.keyed import numbered

PART: Final = 1 << 16
"""People whose fingerprints are computed at once: the texts under those of a whole country would
be the largest thing that a run holds."""
FULL_DATE: Final = ("naissance_annee", "naissance_mois", "naissance_jour")
WEIGHTS: Final = {"ine": 4, "lieu": 2, "telephone": 2, "courriel": 2, "adresse": 2, "nom": 1}
"""What sharing a fingerprint of each kind is worth when a known person is recognised."""
GENRES: Final = pl.Enum(list(WEIGHTS))
TRAITS: Final = tuple(
    "ine nom_naissance nom_usage prenom1 naissance_annee naissance_mois naissance_jour "
    "naissance_lieu telephones courriels adresse commune".split()
)
"""The columns of `tables/traits` that fingerprints are made of."""
PRINTS: Final[dict[str, Any]] = {"personne": pl.UInt32, "genre": GENRES, "empreinte": pl.UInt64}


@dataclass(frozen=True)
class Ordered:
    """Rows, and their places person by person."""

    rows: pl.DataFrame
    order: pl.Series


def fingerprints(
    traits: pl.DataFrame, groupes: pl.DataFrame, key: bytes, parts: Parts | None = None
) -> pl.DataFrame:
    """Return `personne`, `genre` (Enum), `empreinte` (UInt64), distinct.

    Args:
        traits: `tables/traits`, `rid` and `TRAITS` at least.
        groupes: `rid`, `personne`.
        key: the secret key.
        parts: where some thousands of people at a time are done; by default in threads of this process.

    A trait that is absent gives no fingerprint.
    """
    numbers = traits.select("rid").join(
        groupes.select("rid", "personne"), on="rid", how="left", maintain_order="left"
    )
    rows = traits.select(TRAITS).with_columns(numbers["personne"])
    order, bounds = in_parts(numbers["personne"])
    found = (parts or Parts()).each(
        "fingerprints", prints_between, Ordered(rows, order), bounds, secret=Secret(key)
    )
    return pl.concat([pl.DataFrame(schema=PRINTS), *(part.table for part in found)])


def in_parts(personnes: pl.Series) -> tuple[pl.Series, list[tuple[int, int]]]:
    """Return the places of rows person by person, null being nobody, and bounds of some thousands of people."""
    order = personnes.arg_sort(nulls_last=True).head(len(personnes) - personnes.null_count())
    ends = personnes[order].to_numpy()
    least, last = (int(ends[0]), int(ends[-1])) if len(ends) else (0, -1)
    # Every PART numbers, counted from zero: how people are cut before changes no slice.
    bounds = [
        np.searchsorted(ends, [first, first + PART]).tolist()
        for first in range(least // PART * PART, last + 1, PART)
    ]
    return order, [(low, high) for low, high in bounds]


def prints_between(given: tuple[Ordered, bytes], bounds: tuple[int, int]) -> DonePart:
    """Return how many fingerprints some people have, and these."""
    (ordered, key), (low, high) = given, bounds
    prints = prints_of(ordered.rows[ordered.order[low:high]], key)
    return DonePart(prints.height, prints)


def prints_of(rows: pl.DataFrame, key: bytes) -> pl.DataFrame:
    name = pl.coalesce("nom_naissance", "nom_usage")
    base = pl.concat_str(
        name, "prenom1", *(pl.col(c).cast(pl.String) for c in FULL_DATE), separator="|"
    )
    rows = rows.with_columns(_base=base)
    texts = {
        "ine": pl.col("ine"),
        "lieu": pl.concat_str("_base", "naissance_lieu", separator="|"),
        "telephone": pl.concat_str("_base", "telephones", separator="|"),
        "courriel": pl.concat_str("_base", "courriels", separator="|"),
        "adresse": pl.concat_str("_base", "commune", "adresse", separator="|"),
        "nom": pl.col("_base"),
    }
    lists = {"telephone": "telephones", "courriel": "courriels"}
    found = []
    for kind, text in texts.items():
        own = rows
        if kind in lists:
            own = rows.select("personne", "_base", lists[kind]).explode(lists[kind])
        distinct = each_once(own.select("personne", text=pl.lit(f"{kind}|") + text))
        found.append(distinct.select("personne", "text", genre=pl.lit(kind, GENRES)))
    prints = pl.concat(found)
    # All kinds at once: a process is started for them (`keyed`).
    numbers = numbered(prints["text"], key).alias("empreinte")
    return prints.select("personne", "genre", numbers)


def each_once(texts: pl.DataFrame) -> pl.DataFrame:
    """Keep each text of a person once; by its hash, since the texts are long."""
    held = texts.drop_nulls("text")
    keys = mix(held["text"].hash(seed=TEXT).to_numpy(), held["personne"].to_numpy())
    return held[runs(keys).first]
