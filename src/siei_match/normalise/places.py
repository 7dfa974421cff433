"""Places: communes of today from any code or label, countries of birth."""

import polars as pl

from siei_match.nomenclatures import communes, communes_historique, libelles_communes
from siei_match.normalise.text import fold_letters, squeeze

FRANCE = "99100"
PAYS_INUTILISABLES = ["99990", "99995"]
"""SIECLE's 990 (not defined) and 995 (unknown) say nothing (aplypro, InseeCountryCodeMapper)."""

COMPLEMENTS = r"\b(?:CEDEX|CDX)\b.*$"
ARRONDISSEMENT = (
    r"^(PARIS|LYON|MARSEILLE)(?: 0?\d{1,2}| \d{1,2}(?:ER|E|EME)\b.*| .*ARRONDISSEMENT.*)$"
)


def normalise_labels(values: pl.Series) -> pl.Series:
    """Return commune labels as they are looked up: `AIX EN PROVENCE CEDEX 5` → `AIX EN PROVENCE`.

    As names, plus: CEDEX and arrondissements dropped, the article first (`Havre (Le)`).
    """
    label = pl.col("libelle")
    return (
        fold_letters(values)
        .rename("libelle")
        .to_frame()
        .select(squeeze(label.str.replace_all(r"[^A-Z0-9]", " ")))
        .select(label.str.replace(COMPLEMENTS, "").str.strip_chars(" "))
        .select(label.str.replace(ARRONDISSEMENT, "${1}"))
        .select(
            squeeze(
                label.str.replace_all(r"[0-9]", "")
                .str.replace_all(r"\bST\b", "SAINT")
                .str.replace_all(r"\bSTE\b", "SAINTE")
                .str.replace(r"^(.+) (LE|LA|LES|L)$", "${2} ${1}")
            )
        )["libelle"]
        .rename(values.name)
    )
