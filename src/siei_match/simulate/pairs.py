"""Counting pairs of rows without listing them: contingency tables of people by people."""

from itertools import combinations_with_replacement

import numpy as np
import polars as pl

from siei_match.reference.vocabulary import PERSON_EXTRACTS

PairCounts = dict[tuple[str, str], int]


def count_pairs(rows: pl.DataFrame, keys: list[str]) -> PairCounts:
    """Return, for each pair of extracts, how many pairs of rows agree on every key.

    Input: one row per input row, with `extrait` and the keys. A null key agrees with nothing.
    Rows of a group that holds a of one extract and b of another make a × b pairs; of one extract
    alone, a (a - 1) / 2.
    """
    groupes = (
        rows.drop_nulls(keys)
        .group_by(keys)
        .agg((pl.col("extrait") == e).sum().cast(pl.Int64).alias(e) for e in PERSON_EXTRACTS)
    )
    counts: PairCounts = {}
    for a, b in combinations_with_replacement(PERSON_EXTRACTS, 2):
        de_a, de_b = groupes[a].to_numpy(), groupes[b].to_numpy()
        product = de_a * (de_a - 1) // 2 if a == b else de_a * de_b
        counts[a, b] = int(np.sum(product))
    return counts


def rate(true_ones: int, predicted: int, right: int) -> dict[str, float | int]:
    """Return precision, recall and F1; 1 where there was nothing to find or to say."""
    precision = right / predicted if predicted else 1.0
    recall = right / true_ones if true_ones else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "vraies": true_ones,
        "proposees": predicted,
        "justes": right,
        "precision": precision,
        "rappel": recall,
        "f1": f1,
    }


def score_pairs(rows: pl.DataFrame) -> dict[str, dict[str, float | int]]:
    """Score links as pairs of rows: all, by pair of extracts, and without a common INE.

    Input: `extrait`, `personne` (truth), `id_personne` (output), `ine` (as delivered, null when
    absent or unreadable). A pair has a common INE when both rows bear the same one.
    """
    tables = {
        "vraies": ["personne"],
        "proposees": ["id_personne"],
        "justes": ["personne", "id_personne"],
    }
    every = {name: count_pairs(rows, keys) for name, keys in tables.items()}
    memes = {name: count_pairs(rows, [*keys, "ine"]) for name, keys in tables.items()}
    sans = {n: {p: every[n][p] - memes[n][p] for p in every[n]} for n in tables}
    result = {
        "toutes": _rate_all(every),
        "sans INE commun": _rate_all(sans),
    }
    for counts, suffix in ((every, ""), (sans, " sans INE commun")):
        for a, b in counts["vraies"]:
            three = [counts[n][a, b] for n in ("vraies", "proposees", "justes")]
            if any(three):
                result[f"{a} x {b}{suffix}"] = rate(*three)
    return result


def _rate_all(counts: dict[str, PairCounts]) -> dict[str, float | int]:
    return rate(*(sum(counts[n].values()) for n in ("vraies", "proposees", "justes")))


def find_owners(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `id_personne`, `personne` (who owns most of its rows), `melange` (holds several)."""
    return (
        rows.drop_nulls("personne")
        .group_by("id_personne", "personne")
        .len()
        .sort(["id_personne", "len", "personne"], descending=[False, True, False])
        .group_by("id_personne", maintain_order=True)
        .agg(pl.col("personne").first(), melange=pl.len() > 1)
    )
