"""Counting pairs of rows without listing them: contingency tables of people by people."""

from itertools import combinations_with_replacement

import numpy as np
import polars as pl

from siei_match.reference.vocabulary import EXTRAITS_PERSONNES

Comptes = dict[tuple[str, str], int]


def count_pairs(lignes: pl.DataFrame, cles: list[str]) -> Comptes:
    """Return, for each pair of extracts, how many pairs of rows agree on every key.

    Input: one row per input row, with `extrait` and the keys. A null key agrees with nothing.
    Rows of a group that holds a of one extract and b of another make a × b pairs; of one extract
    alone, a (a - 1) / 2.
    """
    groupes = (
        lignes.drop_nulls(cles)
        .group_by(cles)
        .agg((pl.col("extrait") == e).sum().cast(pl.Int64).alias(e) for e in EXTRAITS_PERSONNES)
    )
    comptes: Comptes = {}
    for a, b in combinations_with_replacement(EXTRAITS_PERSONNES, 2):
        de_a, de_b = groupes[a].to_numpy(), groupes[b].to_numpy()
        produit = de_a * (de_a - 1) // 2 if a == b else de_a * de_b
        comptes[a, b] = int(np.sum(produit))
    return comptes


def rate(vrais: int, predits: int, justes: int) -> dict[str, float | int]:
    """Return precision, recall and F1; 1 where there was nothing to find or to say."""
    precision = justes / predits if predits else 1.0
    rappel = justes / vrais if vrais else 1.0
    f1 = 2 * precision * rappel / (precision + rappel) if precision + rappel else 0.0
    return {
        "vraies": vrais,
        "proposees": predits,
        "justes": justes,
        "precision": precision,
        "rappel": rappel,
        "f1": f1,
    }


def score_pairs(lignes: pl.DataFrame) -> dict[str, dict[str, float | int]]:
    """Score links as pairs of rows: all, by pair of extracts, and without a common INE.

    Input: `extrait`, `personne` (truth), `id_personne` (output), `ine` (as delivered, null when
    absent or unreadable). A pair has a common INE when both rows bear the same one.
    """
    tables = {
        "vraies": ["personne"],
        "proposees": ["id_personne"],
        "justes": ["personne", "id_personne"],
    }
    toutes = {nom: count_pairs(lignes, cles) for nom, cles in tables.items()}
    memes = {nom: count_pairs(lignes, [*cles, "ine"]) for nom, cles in tables.items()}
    sans = {n: {p: toutes[n][p] - memes[n][p] for p in toutes[n]} for n in tables}
    resultat = {
        "toutes": _rate_all(toutes),
        "sans INE commun": _rate_all(sans),
    }
    for comptes, suffixe in ((toutes, ""), (sans, " sans INE commun")):
        for a, b in comptes["vraies"]:
            trois = [comptes[n][a, b] for n in ("vraies", "proposees", "justes")]
            if any(trois):
                resultat[f"{a} x {b}{suffixe}"] = rate(*trois)
    return resultat


def _rate_all(comptes: dict[str, Comptes]) -> dict[str, float | int]:
    return rate(*(sum(comptes[n].values()) for n in ("vraies", "proposees", "justes")))


def find_owners(lignes: pl.DataFrame) -> pl.DataFrame:
    """Return `id_personne`, `personne` (who owns most of its rows), `melange` (holds several)."""
    return (
        lignes.drop_nulls("personne")
        .group_by("id_personne", "personne")
        .len()
        .sort(["id_personne", "len", "personne"], descending=[False, True, False])
        .group_by("id_personne", maintain_order=True)
        .agg(pl.col("personne").first(), melange=pl.len() > 1)
    )
