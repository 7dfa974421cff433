"""Split the rows of an extract into valid and rejected ones, emptying what cannot be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from siei_match.reference.contracts import Declaration, conform_to, declaration
from siei_match.reference.delivery import Campagne, Fichier
from siei_match.reference.errors import ContractError
from siei_match.reference.vocabulary import REJET
from siei_match.stages.validate.births import read_birth
from siei_match.stages.validate.model import valid_declaration, valid_model
from siei_match.stages.validate.readers import read_field
from siei_match.stages.validate.rules import BRUT, RowRule, list_rules

TRANCHE: Final = 250_000
"""Rows validated at once: text, values and rules of one slice are in memory together."""


@dataclass(frozen=True)
class Partition:
    """The rows of a frame: `valides` as the declaration's valid frame, and `rejets`.

    `rejets` is a table of rejets: one line `rejet` per rejected row, under the first rule that it
    breaks; one line `avertissement` per broken rule, of valid and rejected rows alike.
    """

    valides: pl.DataFrame
    rejets: pl.DataFrame


def validate(frame: pl.DataFrame, fichier: Fichier, campagne: Campagne) -> Partition:
    """Validate the rows of a file, or of a slice of it, against its extract's declaration.

    Input: `frame` as extraction gives it: `ligne` and the columns that may be read, all text.
    Rows that break a rejecting rule are left out, values that break a warning one are emptied
    (contract, section 1); nothing raises on a value.

    Raises:
        ContractError: rows were lost or break the declaration of the valid frame: a defect.
    """
    declared = declaration(f"extraits/{fichier.extrait}")
    regles = list_rules(declared, fichier, campagne)
    # iter_slices gives nothing of an empty frame, which has a result nevertheless.
    tranches = list(frame.iter_slices(TRANCHE)) or [frame]
    parts = [_validate_slice(tranche, declared, fichier, regles) for tranche in tranches]
    partition = Partition(
        pl.concat([part.valides for part in parts]), pl.concat([part.rejets for part in parts])
    )
    rejetees = partition.rejets.filter(gravite=REJET).height
    if partition.valides.height + rejetees != frame.height:
        raise ContractError(
            f"{fichier.nom}: {frame.height} rows received, {partition.valides.height} valid and "
            f"{rejetees} rejected.",
            remedy="This is a defect of siei-match: please report it with these counts.",
        )
    return partition


def _validate_slice(
    frame: pl.DataFrame, declared: Declaration, fichier: Fichier, regles: list[RowRule]
) -> Partition:
    lues = _read(frame, declared, regles)
    rejets = [i for i, regle in enumerate(regles) if regle.gravite == REJET]
    premier = pl.coalesce([pl.when(f"{i}").then(pl.lit(i, dtype=pl.Int16)) for i in rejets])
    lues = lues.with_columns(premier=premier)
    valides = _fill(lues.filter(pl.col("premier").is_null()), declared, fichier)
    extrait = fichier.extrait
    valides = valides.select(valid_declaration(extrait).columns)
    conform_to(valides, valid_model(extrait), f"extraits/{extrait}")
    return Partition(valides, _list_rejets(lues, regles, fichier))


def _read(frame: pl.DataFrame, declared: Declaration, regles: list[RowRule]) -> pl.DataFrame:
    """Read every field, and evaluate every rule into a column named by its rank."""
    noms = [f["name"] for f in declared.fields if f["siei"]["kind"] != "jamais_lu"]
    brut = frame.select("ligne", pl.col(noms).str.strip_chars().replace("", None))
    valeurs: list[pl.Expr] = []
    naissances: list[pl.DataFrame] = []
    for field in declared.fields:
        if field["siei"]["kind"] == "naissance":
            naissances.append(_read_births(brut[field["name"]], field))
        elif field["name"] in noms:
            valeurs += [read_field(field), pl.col(field["name"]).alias(BRUT + field["name"])]
    return (
        pl.concat([brut, *naissances], how="horizontal")
        .lazy()
        .select("ligne", *(c for frame in naissances for c in frame.columns), *valeurs)
        .with_columns(regle.enfreinte.alias(f"{i}") for i, regle in enumerate(regles))
        .select(pl.exclude(f"^{BRUT}.*$"))
        .collect()
    )


def _read_births(recues: pl.Series, field: Mapping[str, Any]) -> pl.DataFrame:
    """Read the birth dates of a slice, each distinct one once: a few thousand of them."""
    naissance = read_birth(field)
    distinctes = recues.unique().to_frame()
    lues = distinctes.with_columns(
        naissance.annee.alias("naissance_annee"),
        naissance.mois.alias("naissance_mois"),
        naissance.jour.alias("naissance_jour"),
        naissance.illisible.alias(f"{BRUT}illisible"),
        naissance.mois_impossible.alias(f"{BRUT}mois_impossible"),
        naissance.jour_impossible.alias(f"{BRUT}jour_impossible"),
    )
    return (
        recues.to_frame()
        .join(lues, on=recues.name, how="left", nulls_equal=True, maintain_order="left")
        .drop(recues.name)
    )


def _fill(valides: pl.DataFrame, declared: Declaration, fichier: Fichier) -> pl.DataFrame:
    """Give a row that does not say its school year the one of its file."""
    annees = [f["name"] for f in declared.fields if f["siei"]["kind"] == "annee_scolaire"]
    return valides.with_columns(pl.col(c).fill_null(fichier.annee_scolaire) for c in annees)


def _list_rejets(lues: pl.DataFrame, regles: list[RowRule], fichier: Fichier) -> pl.DataFrame:
    """List the broken rules, a line each, by row and by the rules' order."""
    schema = pl.Schema(declaration("tables/rejets").polars_schema)
    par_regle = [pl.DataFrame(schema=schema | {"ordre": pl.Int16})]
    for i, regle in enumerate(regles):
        enfreinte = pl.col("premier") == i if regle.gravite == REJET else pl.col(f"{i}")
        lignes = lues.select(pl.col("ligne").filter(enfreinte))
        if lignes.height:
            par_regle.append(
                lignes.select(
                    extrait=pl.lit(fichier.extrait),
                    fichier=pl.lit(fichier.nom),
                    ligne="ligne",
                    gravite=pl.lit(regle.gravite),
                    regle=pl.lit(regle.nom),
                    colonne=pl.lit(regle.colonne, dtype=pl.String),
                    ordre=pl.lit(i, dtype=pl.Int16),
                )
            )
    return pl.concat(par_regle).sort("ligne", "ordre").drop("ordre")
