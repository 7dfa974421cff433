"""Names and first names, as they are compared: capitals A-Z, single spaces between words."""

import polars as pl

from siei_match.nomenclatures import mots_vides
from siei_match.normalise.text import fold_letters, over_distinct, squeeze

# "DUPONT DIT MARTIN": the name in use in the village, kept by few registers (matchID's rule).
DIT = r"^(\S.*?) (?:DIT|DITE|ALIAS) .*$"


def normalise_names(values: pl.Series) -> pl.Series:
    """Return names in capitals A-Z and single spaces; what names nobody is absent.

    Accents, ligatures, case, apostrophes, hyphens and digits do not matter; particles stay
    (`DE LA TOUR`); `ST` and `STE` become `SAINT` and `SAINTE`; what follows `DIT` is dropped;
    INCONNU, SNP, X... (`mots_vides.csv`) are absent. Doing it twice changes nothing.
    """
    letters = fold_letters(values).rename("nom").to_frame()
    name = pl.col("nom")
    empty = mots_vides()
    return (
        letters.select(squeeze(name.str.replace_all(r"[0-9]", "").str.replace_all(r"[^A-Z]", " ")))
        .select(
            name.str.replace(DIT, "${1}")
            .str.replace_all(r"\bST\b", "SAINT")
            .str.replace_all(r"\bSTE\b", "SAINTE")
        )
        .select(pl.when(~name.is_in(empty.implode())).then(name))["nom"]
        .rename(values.name)
    )


def normalise_identity(
    frame: pl.DataFrame, naissance: str | None, usage: str | None, prenoms: list[str]
) -> pl.DataFrame:
    """Return `nom_naissance`, `nom_usage`, `prenom1`, `prenom2`, `prenom3` of each row.

    A name of usage equal to the name of birth is absent: it says nothing more. A source that
    knows usual names only (FREGATA) gives no name of birth; the linkage crosses both.
    Several first names in the first field, separated by a comma, are split when the fields of
    the others are empty; separated by a space they stay one compound first name, since
    `JEAN PIERRE` may be one person's only first name.
    """
    absent = pl.lit(None, pl.String)
    first, *others = prenoms
    alone = (
        pl.all_horizontal([pl.col(name).is_null() for name in others]) if others else pl.lit(True)
    )
    parts = pl.col(first).str.splitn(",", 3).struct
    listed = alone & pl.col(first).str.contains(",", literal=True)
    columns = {
        "nom_naissance": pl.col(naissance) if naissance else absent,
        "nom_usage": pl.col(usage) if usage else absent,
        "prenom1": pl.when(listed).then(parts.field("field_0")).otherwise(pl.col(first)),
    }
    for rank in (2, 3):
        own = pl.col(prenoms[rank - 1]) if len(prenoms) >= rank else absent
        columns[f"prenom{rank}"] = (
            pl.when(listed).then(parts.field(f"field_{rank - 1}")).otherwise(own)
        )
    named = over_distinct(frame.select(**columns), list(columns), normalise_names)
    usage_own = pl.col("nom_usage").ne_missing(pl.col("nom_naissance"))
    return named.with_columns(nom_usage=pl.when(usage_own).then(pl.col("nom_usage")))
