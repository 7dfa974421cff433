"""Pairs of records get a level per trait: integers in, integers out.

Every function works on whole columns. A trait that one side lacks is `ABSENT`.
"""

from collections.abc import Iterator

import polars as pl

from siei_match.link.agreement import (
    SIDES,
    niveau_adresse,
    niveau_courriel,
    niveau_ine,
    niveau_lieu,
    niveau_naissance,
    niveau_sexe,
    niveau_telephone,
)
from siei_match.link.codes import code_fiches, number
from siei_match.link.country import lean, noms
from siei_match.link.fiches import CONTACTS, Fiches
from siei_match.link.levels import ABSENT, INSCRIPTION, NOM, PRENOM
from siei_match.link.likeness import compare_noms, compare_prenoms, values_long
from siei_match.nomenclatures import prenoms_parts

CHUNK = 2_000_000


class Comparator:
    """Compare pairs of fiches; build once a campaign, call on any pairs.

    Args:
        fiches: see `Fiches`.
        sejours: `fiche`, `annee`, `uai`, `debut`, `fin`: enrolments (dates, not null).
    """

    def __init__(self, fiches: Fiches, sejours: pl.DataFrame) -> None:
        self.fiches = fiches
        self.sejours = sejours
        table = fiches.table
        self.noms = values_long(fiches.noms, "noms")
        self.prenoms = values_long(fiches.prenoms, "prenoms")
        contacts = {c: number(table[c].explode()) for c in CONTACTS}
        self.coded = code_fiches(fiches, contacts)
        self.parts = {
            "nom": share_of_values(table, self.noms, "noms", noms()),
            "prenom": share_of_values(table, self.prenoms, "prenoms", prenoms_parts()),
            "telephone": share(self.coded["telephones"].explode()),
            "courriel": share(self.coded["courriels"].explode()),
        }

    def compare(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Add to `a`, `b` (fiche numbers) the sources, the levels and the shares of values.

        Returns: `a`, `b`, `source_a`, `source_b`, a UInt8 column per trait, and a Float64 column
        `part_<trait>` for the traits whose agreement depends on how rare the value is.
        """
        parts = [self._compare(chunk) for chunk in chunks(pairs.select(SIDES))]
        return pl.concat(parts) if parts else self._compare(pairs.select(SIDES))

    def _compare(self, pairs: pl.DataFrame) -> pl.DataFrame:
        both = self._both_sides(pairs)
        both = self._names(both)
        both = both.with_columns(
            niveau_naissance().alias("naissance"),
            niveau_sexe().alias("sexe"),
            niveau_lieu().alias("lieu"),
            niveau_telephone().alias("telephone"),
            niveau_courriel().alias("courriel"),
            niveau_adresse(both, self.fiches.table["adresse"]).alias("adresse_"),
            niveau_ine(both, self.fiches.table["ine"]).alias("ine_"),
            self._inscription(both).alias("inscription"),
        ).rename({"adresse_": "adresse", "ine_": "ine"})
        for trait, column in (("telephone", "telephones"), ("courriel", "courriels")):
            both = self._shared_value_frequency(both, trait, column)
        return both.rename(
            {f"part_{t}_a": f"part_{t}" for t in ("naissance", "lieu", "adresse")}
        ).select(
            *SIDES,
            "source_a",
            "source_b",
            *(t for t in TRAIT_COLUMNS),
            *(f"part_{t}" for t in PART_COLUMNS),
        )

    def _both_sides(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Gather both sides: `fiche` is dense and the coded table in its order, so no join."""
        sides = []
        for side in SIDES:
            taken = self.coded[pairs[side].cast(pl.UInt32)]
            sides.append(taken.rename({c: f"{c}_{side}" for c in taken.columns}))
        return pl.concat([pairs, *sides], how="horizontal")

    def _names(self, both: pl.DataFrame) -> pl.DataFrame:
        for trait, values, compare in (
            ("nom", self.noms, compare_noms),
            ("prenom", self.prenoms, compare_prenoms),
        ):
            ids = both.select(
                pl.col(f"{trait}s_a").alias("id_a"), pl.col(f"{trait}s_b").alias("id_b")
            )
            levels = compare(ids.unique(), values, self.parts[trait])
            both = both.join(
                levels.rename({"niveau": trait, "part": f"part_{trait}"}),
                left_on=[f"{trait}s_a", f"{trait}s_b"],
                right_on=["id_a", "id_b"],
                how="left",
                maintain_order="left",
            ).with_columns(pl.col(trait).fill_null(ABSENT))
        return self._inversion(both)

    def _inversion(self, both: pl.DataFrame) -> pl.DataFrame:
        """Name and first name inverted: `nom` says so, `prenom` abstains (one fact, one weight)."""

        def crossed(nom_side: str, prenom_side: str) -> pl.Expr:
            prenom = pl.col(f"mot_prenom_{prenom_side}")
            return pl.any_horizontal(
                pl.col(f"{mot}_{nom_side}").eq(prenom).fill_null(value=False)
                for mot in ("mot_naissance", "mot_usage")
            )

        inverted = (
            (pl.col("prenom") != PRENOM.code("egal"))
            & (pl.col("nom") != NOM.code("egal"))
            & crossed("a", "b")
            & crossed("b", "a")
        )
        return both.with_columns(inverted.alias("_inverse")).with_columns(
            pl.when("_inverse")
            .then(pl.lit(NOM.code("inverse"), pl.UInt8))
            .otherwise("nom")
            .alias("nom"),
            pl.when("_inverse").then(pl.lit(ABSENT, pl.UInt8)).otherwise("prenom").alias("prenom"),
        )

    def _inscription(self, both: pl.DataFrame) -> pl.Series:
        """Tell rows of one source that are enrolled elsewhere on the same days (`simultanees`)."""
        pairs = both.select(*SIDES, (pl.col("source_a") == pl.col("source_b")).alias("_meme"))
        same = pairs.filter("_meme").select(SIDES).unique()
        stays = (
            same.join(self.sejours, left_on="a", right_on="fiche")
            .join(self.sejours, left_on=["b", "annee"], right_on=["fiche", "annee"], suffix="_b")
            .with_columns(
                overlap=(
                    pl.min_horizontal("fin", "fin_b") - pl.max_horizontal("debut", "debut_b")
                ).dt.total_days()
                + 1,
                elsewhere=pl.col("uai").ne_missing(pl.col("uai_b")),
            )
            .group_by(SIDES)
            .agg(
                pl.when((pl.col("elsewhere") & (pl.col("overlap") > MAX_OVERLAP_DAYS)).any())
                .then(pl.lit(INSCRIPTION.code("simultanees"), pl.UInt8))
                .otherwise(pl.lit(INSCRIPTION.code("compatibles"), pl.UInt8))
                .alias("inscription")
            )
        )
        joined = pairs.join(stays, on=list(SIDES), how="left", maintain_order="left")
        return joined["inscription"].fill_null(ABSENT)

    def _shared_value_frequency(self, both: pl.DataFrame, trait: str, column: str) -> pl.DataFrame:
        """Give the share of the rarest phone or e-mail that both sides hold."""
        shared = (
            both.filter(pl.col(trait) == 1)
            .select(
                *SIDES,
                pl.col(f"{column}_a").list.set_intersection(f"{column}_b").alias("valeur"),
            )
            .unique(SIDES)
            .explode("valeur")
            .join(self.parts[trait], on="valeur")
            .group_by(SIDES)
            .agg(pl.col("part").min().alias(f"part_{trait}"))
        )
        return both.join(shared, on=list(SIDES), how="left", maintain_order="left")


TRAIT_COLUMNS = (
    "nom",
    "prenom",
    "naissance",
    "sexe",
    "lieu",
    "telephone",
    "courriel",
    "adresse",
    "inscription",
    "ine",
)
PART_COLUMNS = ("nom", "prenom", "naissance", "lieu", "telephone", "courriel", "adresse")
MAX_OVERLAP_DAYS = 30
"""A month: schools are slow to close the enrolment of a pupil who left for another one."""


def chunks(pairs: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for start in range(0, pairs.height, CHUNK):
        yield pairs.slice(start, CHUNK)


def share(values: pl.Series) -> pl.DataFrame:
    """Return `valeur`, `part`: the share of each value among all."""
    counts = values.drop_nulls().alias("valeur").value_counts(name="len")
    return lean(
        counts,
        int(counts["len"].sum()),
        counts.clear().select("valeur", part=pl.col("len").cast(pl.Float64)),
    )


def share_of_values(
    table: pl.DataFrame, values: pl.DataFrame, key: str, country: pl.DataFrame
) -> pl.DataFrame:
    """Return `valeur`, `part`: the share of fiches that bear each name, in any place."""
    borne = values.join(table.group_by(key).len(), left_on="id", right_on=key)
    return lean(borne.group_by("valeur").agg(pl.col("len").sum()), table.height, country)
