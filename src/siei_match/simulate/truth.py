"""The true decision of each person: section 4 of the contract, written a second time.

An oracle for the tests and for the score, independent of the stages that decide: it reads the
simulated lives (true enrolments, diplomas and follow-ups as far as they were delivered), never a
row with its errors, and needs no linkage.
"""

from datetime import date

import polars as pl

CYCLES_VISES = ("college", "niveau_3", "niveau_4", "baccalaureat")
RANG_TITRE = {"niveau_3": 3, "niveau_4": 4, "baccalaureat": 5}
RANG_CYCLE = {"college": 3, "niveau_3": 3, "niveau_4": 4, "baccalaureat": 4}
ORDRE = {"scolarite": 0, "agricole": 1, "apprentissage": 2, "missions_locales": 3}


def _bounds(annee: int) -> tuple[date, date]:
    return date(annee, 9, 1), date(annee + 1, 8, 31)


def find_scope(inscriptions: pl.DataFrame, annee: int) -> pl.DataFrame:
    """Return `personne`, `rang_cycle` for those schooled 15 days on end in year N-1.

    Input: `personne`, `extrait`, `annee`, `debut`, `fin`, `cycle`; `annee` is that of N-1's
    September. `rang_cycle` is the level of the last cycle attended.
    """
    premier, dernier = _bounds(annee)
    sejours = (
        inscriptions.filter((pl.col("annee") == annee) & pl.col("cycle").is_in(CYCLES_VISES))
        .with_columns(
            debut=pl.col("debut").fill_null(premier).clip(premier, dernier),
            fin=pl.when(pl.col("extrait") == "apprentissage")
            .then(dernier)
            .otherwise(pl.col("fin").fill_null(dernier).clip(premier, dernier)),
        )
        .filter(pl.col("fin") >= pl.col("debut"))
        .sort("personne", "debut", "fin")
        .with_columns(jusqu_ici=pl.col("fin").cum_max().over("personne"))
        .with_columns(avant=pl.col("jusqu_ici").shift(1).over("personne"))
        .with_columns(
            rupture_suite=(pl.col("debut") > pl.col("avant") + pl.duration(days=1)).fill_null(True)
        )
        .with_columns(bloc=pl.col("rupture_suite").cum_sum().over("personne"))
    )
    blocs = sejours.group_by("personne", "bloc").agg(
        jours=(pl.col("fin").max() - pl.col("debut").min()).dt.total_days() + 1
    )
    dans = blocs.filter(pl.col("jours") >= 15).select("personne").unique()
    dernier_cycle = sejours.group_by("personne").agg(
        rang_cycle=pl.col("cycle").sort_by("debut", "fin").last().replace_strict(
            RANG_CYCLE, return_dtype=pl.Int8
        )
    )  # fmt: skip
    return dans.join(dernier_cycle, on="personne", how="left")


def find_enrolled(
    inscriptions: pl.DataFrame, annee: int, jour: date, delai: int = 0
) -> pl.DataFrame:
    """Return `personne`, `en_formation` (the extract) for those enrolled in N on the day."""
    premier, dernier = _bounds(annee)
    six_mois = pl.lit(jour).dt.offset_by("-6mo")
    courantes = (
        inscriptions.filter(pl.col("annee") == annee)
        .with_columns(
            debut=pl.col("debut").fill_null(premier),
            fin=pl.when(pl.col("extrait") == "apprentissage")
            .then(dernier)
            .otherwise(pl.col("fin").fill_null(dernier)),
        )
        .filter(
            (pl.col("debut") <= pl.lit(jour) + pl.duration(days=delai))
            & (pl.col("fin") >= jour)
            & ~((pl.col("rupture") < six_mois).fill_null(False))
        )
        .with_columns(ordre=pl.col("extrait").replace_strict(ORDRE, return_dtype=pl.Int8))
    )
    return courantes.group_by("personne").agg(
        en_formation=pl.col("extrait").sort_by("ordre").first()
    )


def find_titles(titres: pl.DataFrame) -> pl.DataFrame:
    """Return `personne`, `rang_titre`, `titre`: the highest diploma held that counts."""
    rangs = titres.with_columns(
        rang_titre=pl.col("titre")
        .replace({"superieur": "baccalaureat"})
        .replace_strict(RANG_TITRE, default=None, return_dtype=pl.Int8)
    ).drop_nulls("rang_titre")
    noms = {v: k for k, v in RANG_TITRE.items()}
    return (
        rangs.group_by("personne")
        .agg(pl.col("rang_titre").max())
        .with_columns(titre=pl.col("rang_titre").replace_strict(noms, return_dtype=pl.String))
    )


def decide_truth(
    personnes: pl.DataFrame,
    inscriptions: pl.DataFrame,
    titres: pl.DataFrame,
    retours: pl.DataFrame | None,
    *,
    annee_n: int,
    jour: date,
    definition: str = "legale",
    delai: int = 0,
) -> pl.DataFrame:
    """Return the true `statut` and `motif` of each person in scope.

    Inputs: `personnes` (`personne`, `naissance`), true enrolments, `titres` (`personne`,
    `titre`), `retours` (`personne`, `retour`) or None. A true sortant is `confirme`: truth has no
    doubt.
    """
    a, m, j = (getattr(pl.col("naissance").dt, p)() for p in ("year", "month", "day"))
    pas_encore = (m > jour.month) | ((m == jour.month) & (j > jour.day))
    age = (pl.lit(jour.year) - a - pas_encore.cast(pl.Int32)).cast(pl.Int16)
    base = (
        find_scope(inscriptions, annee_n - 1)
        .join(personnes.select("personne", "naissance"), on="personne")
        .join(find_enrolled(inscriptions, annee_n, jour, delai), on="personne", how="left")
        .join(find_titles(titres), on="personne", how="left")
        .with_columns(age=age)
    )
    liants = ("en_formation", "en_emploi", "diplome", "doublon")
    if retours is None:
        base = base.with_columns(retour=pl.lit(None, pl.String))
    else:
        utiles = retours.filter(pl.col("retour").is_in(liants)).unique("personne", keep="first")
        base = base.join(utiles.select("personne", "retour"), on="personne", how="left")
    suffit = pl.col("titre").is_not_null()
    if definition == "operationnelle":
        suffit &= pl.min_horizontal("rang_titre", pl.lit(4)) >= pl.col("rang_cycle")
    statut = (
        pl.when((pl.col("age") < 16) | (pl.col("age") >= 26)).then(pl.lit("hors_champ"))
        .when(pl.col("en_formation").is_not_null()).then(pl.lit("en_formation"))
        .when(suffit).then(pl.lit("diplome"))
        .when(pl.col("retour").is_not_null()).then(pl.lit("retour"))
        .otherwise(pl.lit("sortant"))
    )  # fmt: skip
    motif = (
        pl.when(pl.col("age") < 16).then(pl.lit("age_moins_16"))
        .when(pl.col("age") >= 26).then(pl.lit("age_plus_25"))
        .when(pl.col("en_formation").is_not_null()).then("en_formation")
        .when(suffit).then("titre")
        .when(pl.col("retour").is_not_null()).then("retour")
        .otherwise(pl.lit("confirme"))
    )  # fmt: skip
    return base.select("personne", "age", statut=statut, motif=motif).sort("personne")


def find_residence(lignes: pl.DataFrame, jour: date) -> pl.DataFrame:
    """Return `personne`, `commune` of the row that began last, not after the day.

    Input: `personne`, `extrait`, `annee` (null for a follow-up), `debut`, `commune`. A missing
    entry date is 1 September of the school year; ties go in the order of the contract.
    """
    return (
        lignes.with_columns(
            debut=pl.col("debut").fill_null(pl.date(pl.col("annee").cast(pl.Int32), 9, 1)),
            ordre=pl.col("extrait").replace_strict(ORDRE, return_dtype=pl.Int8),
        )
        .filter((pl.col("debut") <= jour) & pl.col("commune").is_not_null())
        .sort(["personne", "debut", "ordre"], descending=[False, True, False])
        .unique("personne", keep="first", maintain_order=True)
        .select("personne", "commune")
    )
