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
from siei_match.stages.validate.repairs import repair_text
from siei_match.stages.validate.rules import RAW, RowRule, list_rules

SLICE: Final = 250_000
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
    rules = list_rules(declared, fichier, campagne)
    # iter_slices gives nothing of an empty frame, which has a result nevertheless.
    slices = list(frame.iter_slices(SLICE)) or [frame]
    parts = [_validate_slice(slice_, declared, fichier, rules) for slice_ in slices]
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
    frame: pl.DataFrame, declared: Declaration, fichier: Fichier, rules: list[RowRule]
) -> Partition:
    frame, texts = repair_text(frame, declared, fichier)
    rows_read = _read(frame, declared, rules)
    rejecting = [i for i, rule in enumerate(rules) if rule.gravite == REJET]
    premier = pl.coalesce([pl.when(f"{i}").then(pl.lit(i, dtype=pl.Int16)) for i in rejecting])
    rows_read = rows_read.with_columns(premier=premier)
    valides = _fill(rows_read.filter(pl.col("premier").is_null()), declared, fichier)
    extrait = fichier.extrait
    valides = valides.select(valid_declaration(extrait).columns)
    conform_to(valides, valid_model(extrait), f"extraits/{extrait}")
    rejets = pl.concat([_list_rejected(rows_read, rules, fichier), texts])
    return Partition(valides, rejets.sort("ligne", maintain_order=True))


def _read(frame: pl.DataFrame, declared: Declaration, rules: list[RowRule]) -> pl.DataFrame:
    """Read every field, and evaluate every rule into a column named by its rank."""
    names = [f["name"] for f in declared.fields if f["siei"]["kind"] != "jamais_lu"]
    raw = frame.select("ligne", pl.col(names).str.strip_chars().replace("", None))
    values: list[pl.Expr] = []
    births: list[pl.DataFrame] = []
    for field in declared.fields:
        if field["siei"]["kind"] == "naissance":
            births.append(_read_births(raw[field["name"]], field))
        elif field["name"] in names:
            values += [read_field(field), pl.col(field["name"]).alias(RAW + field["name"])]
    return (
        pl.concat([raw, *births], how="horizontal")
        .lazy()
        .select("ligne", *(c for frame in births for c in frame.columns), *values)
        .with_columns(rule.broken.alias(f"{i}") for i, rule in enumerate(rules))
        .select(pl.exclude(f"^{RAW}.*$"))
        .collect()
    )


def _read_births(received: pl.Series, field: Mapping[str, Any]) -> pl.DataFrame:
    """Read the birth dates of a slice, each distinct one once: a few thousand of them."""
    naissance = read_birth(field)
    distinct = received.unique().to_frame()
    rows_read = distinct.with_columns(
        naissance.year.alias("naissance_annee"),
        naissance.month.alias("naissance_mois"),
        naissance.day.alias("naissance_jour"),
        naissance.illisible.alias(f"{RAW}illisible"),
        naissance.mois_impossible.alias(f"{RAW}mois_impossible"),
        naissance.jour_impossible.alias(f"{RAW}jour_impossible"),
    )
    return (
        received.to_frame()
        .join(rows_read, on=received.name, how="left", nulls_equal=True, maintain_order="left")
        .drop(received.name)
    )


def _fill(valides: pl.DataFrame, declared: Declaration, fichier: Fichier) -> pl.DataFrame:
    """Give a row that does not say its school year the one of its file."""
    years = [f["name"] for f in declared.fields if f["siei"]["kind"] == "annee_scolaire"]
    return valides.with_columns(pl.col(c).fill_null(fichier.annee_scolaire) for c in years)


def _list_rejected(rows_read: pl.DataFrame, rules: list[RowRule], fichier: Fichier) -> pl.DataFrame:
    """List the broken rules, a line each, by row and by the rules' order."""
    schema = pl.Schema(declaration("tables/rejets").polars_schema)
    by_rule = [pl.DataFrame(schema=schema | {"order": pl.Int16})]
    for i, rule in enumerate(rules):
        broken = pl.col("premier") == i if rule.gravite == REJET else pl.col(f"{i}")
        rows = rows_read.select(pl.col("ligne").filter(broken))
        if rows.height:
            by_rule.append(
                rows.select(
                    extrait=pl.lit(fichier.extrait),
                    fichier=pl.lit(fichier.nom),
                    ligne="ligne",
                    gravite=pl.lit(rule.gravite),
                    regle=pl.lit(rule.nom),
                    colonne=pl.lit(rule.colonne, dtype=pl.String),
                    order=pl.lit(i, dtype=pl.Int16),
                )
            )
    return pl.concat(by_rule).sort("ligne", "order").drop("order")
