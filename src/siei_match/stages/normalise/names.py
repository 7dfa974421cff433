"""Names and first names, as they are compared: capitals A-Z, single spaces between words."""

import polars as pl

from siei_match.reference.nomenclatures import empty_words
from siei_match.stages.normalise.columns import ProviderColumns
from siei_match.stages.normalise.text import fold_letters, over_distinct, squeeze

# "DUPONT DIT MARTIN": the name in use in the village, kept by few registers (matchID's rule).
SAID = r"^(\S.*?) (?:DIT|DITE|ALIAS) .*$"


def normalise_names(values: pl.Series) -> pl.Series:
    """Return names in capitals A-Z and single spaces; what names nobody is absent.

    Accents, ligatures, case, apostrophes, hyphens and digits do not matter; particles stay
    (`DE LA TOUR`); `ST` and `STE` become `SAINT` and `SAINTE`; what follows `SAID` is dropped;
    INCONNU, SNP, X... (`mots_vides.csv`) are absent. Doing it twice changes nothing.
    """
    letters = fold_letters(values).rename("nom").to_frame()
    name = pl.col("nom")
    empty = empty_words()
    return (
        letters.select(squeeze(name.str.replace_all(r"[0-9]", "").str.replace_all(r"[^A-Z]", " ")))
        .select(
            name.str.replace(SAID, "${1}")
            .str.replace_all(r"\bST\b", "SAINT")
            .str.replace_all(r"\bSTE\b", "SAINTE")
        )
        .select(pl.when(~name.is_in(empty.implode())).then(name))["nom"]
        .rename(values.name)
    )


def normalise_identity(rows: pl.DataFrame, provider: ProviderColumns) -> pl.DataFrame:
    """Return `nom_naissance`, `nom_usage`, `prenom1`, `prenom2`, `prenom3` of each row.

    A name of usage equal to the name of birth is absent: it says nothing more. A source that
    knows usual names only (FREGATA) gives no name of birth; the linkage crosses both.
    Several first names in the first field, separated by a comma, are split when the fields of
    the others are empty; separated by a space they stay one compound first name, since
    `JEAN PIERRE` may be one person's only first name.
    """
    fields = (*provider.prenoms, None, None)
    first, others = pl.col(provider.prenoms[0]), provider.prenoms[1:]
    parts = first.str.splitn(",", 3).struct
    listed = first.str.contains(",", literal=True)
    if others:
        listed = listed & pl.all_horizontal(pl.col(others).is_null())
    columns = {
        "nom_naissance": _optional(provider.nom_naissance),
        "nom_usage": _optional(provider.nom_usage),
    }
    for rank in range(3):
        split = pl.when(listed).then(parts.field(f"field_{rank}"))
        columns[f"prenom{rank + 1}"] = split.otherwise(_optional(fields[rank]))
    named = over_distinct(rows.select(**columns), list(columns), normalise_names)
    usage_own = pl.col("nom_usage").ne_missing(pl.col("nom_naissance"))
    return named.with_columns(nom_usage=pl.when(usage_own).then(pl.col("nom_usage")))


def _optional(column: str | None) -> pl.Expr:
    return pl.col(column) if column else pl.lit(None, pl.String)
