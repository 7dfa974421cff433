"""Split the rows of an extract into valid and rejected ones, emptying what cannot be read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.reference.contracts import Declaration, conform_to, declaration
from siei_match.reference.delivery import Campagne, Fichier, former_years
from siei_match.reference.errors import ContractError
from siei_match.reference.vocabulary import AVERTISSEMENT, REJET
from siei_match.stages.validate.cleaning import clean
from siei_match.stages.validate.dates import BIRTH, DATE, DateOrders, ReadColumn, read_dates
from siei_match.stages.validate.model import know_platforms, valid_declaration, valid_model
from siei_match.stages.validate.readers import read_field
from siei_match.stages.validate.repairs import repair_text
from siei_match.stages.validate.rules import RAW, RowRule, list_rules
from siei_match.stages.validate.years import YEAR_COLUMNS

SLICE: Final = 250_000
"""Rows validated at once: text, values and rules of one slice are in memory together."""
DOUBTFUL: Final = "dates_recues"
WORKBOOKS: Final = (".xlsx", ".ods")
OF_FORMER_YEAR: Final = ("ANNEE_SCOLAIRE", "UAI", "CODE_MEF")
"""What the row of last year's school says by itself; the rest is this year's row over again."""


@dataclass(frozen=True)
class Partition:
    """The rows of a frame: `valides` as the declaration's valid frame, and `rejets`.

    `rejets` is a table of rejets: one line `rejet` per rejected row, under the first rule that it
    breaks; one line `avertissement` per broken rule, of valid and rejected rows alike.
    `dates_recues` is tables/dates_recues: the dates of valid rows that are no one day.
    """

    valides: pl.DataFrame
    rejets: pl.DataFrame
    dates_recues: pl.DataFrame


@dataclass(frozen=True)
class FileDates:
    """How a file's dates are written: which order its columns have, and whether it is a workbook."""

    orders: DateOrders
    workbook: bool


def is_workbook(fichier: Fichier) -> bool:
    """Whether a file counts its days as spreadsheets do: 40457 is one of them there alone."""
    return fichier.nom.lower().endswith(WORKBOOKS)


def validate(
    frame: pl.DataFrame,
    fichier: Fichier,
    campagne: Campagne,
    orders: DateOrders | None = None,
    *,
    platforms: Collection[str] = (),
) -> Partition:
    """Validate the rows of a file, or of a slice of it, against its extract's declaration.

    Input: `frame` as extraction gives it: `ligne` and the columns that may be read, all text;
    `orders`, what the slices before told of the file's dates, to which this one adds; `platforms`, the
    codes of those that exist. Rows that break a rejecting rule are left out, values that break a warning one are emptied
    (contract, section 1); nothing raises on a value.

    Raises:
        ContractError: rows were lost or break the declaration of the valid frame: a defect.
    """
    declared = know_platforms(declaration(f"extraits/{fichier.extrait}"), platforms)
    rules = list_rules(declared, fichier, campagne)
    # iter_slices gives nothing of an empty frame, which has a result nevertheless.
    slices = list(frame.iter_slices(SLICE)) or [frame]
    dates = FileDates(DateOrders() if orders is None else orders, is_workbook(fichier))
    parts = [_validate_slice(slice_, declared, fichier, rules, dates) for slice_ in slices]
    partition = Partition(
        *(
            pl.concat([getattr(part, name) for part in parts])
            for name in ("valides", "rejets", DOUBTFUL)
        )
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
    frame: pl.DataFrame,
    declared: Declaration,
    fichier: Fichier,
    rules: list[RowRule],
    dates: FileDates,
) -> Partition:
    frame, texts = repair_text(frame, declared, fichier)
    rows_read, doubtful = _read(frame, declared, rules, dates)
    rejecting = [i for i, rule in enumerate(rules) if rule.gravite == REJET]
    premier = pl.coalesce([pl.when(f"{i}").then(pl.lit(i, dtype=pl.Int16)) for i in rejecting])
    rows_read = rows_read.with_columns(premier=premier)
    valides = _fill(rows_read.filter(pl.col("premier").is_null()), declared, fichier)
    extrait = fichier.extrait
    valides = valides.select(valid_declaration(extrait).columns)
    conform_to(valides, valid_model(extrait), f"extraits/{extrait}")
    doubtful = doubtful.join(valides.select("ligne"), on="ligne", how="semi", maintain_order="left")
    rejets = pl.concat([_list_rejected(rows_read, rules, fichier), texts])
    rejets = _tell_once(rejets, rows_read, fichier)
    return Partition(valides, rejets.sort("ligne", maintain_order=True), doubtful)


def _tell_once(rejets: pl.DataFrame, rows_read: pl.DataFrame, fichier: Fichier) -> pl.DataFrame:
    """Leave out the warnings that a row repeats: last year's school is told with its pupil's own fields."""
    former = former_years(fichier)
    if not former:
        return rejets
    recalled = rows_read.filter(pl.col(YEAR_COLUMNS[fichier.extrait]).is_in(former))["ligne"]
    again = (
        (pl.col("gravite") == AVERTISSEMENT)
        & pl.col("ligne").is_in(recalled.implode())
        & ~pl.col("colonne").is_in(OF_FORMER_YEAR)
    )
    return rejets.filter(~again.fill_null(value=False))


def _read(
    frame: pl.DataFrame, declared: Declaration, rules: list[RowRule], dates: FileDates
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read every field, and evaluate every rule into a column named by its rank.

    Returns the rows, and the dates of them that have more than one reading.
    """
    fields = [f for f in declared.fields if f["siei"]["kind"] != "jamais_lu"]
    raw = clean(frame, fields)
    dated = read_dates(
        raw,
        [f for f in fields if f["siei"]["kind"] in {DATE, BIRTH}],
        dates.orders,
        workbook=dates.workbook,
    )
    others = [f for f in fields if f["name"] not in dated]
    values = [read_field(f) for f in others]
    received = [pl.col(f["name"]).alias(RAW + f["name"]) for f in others]
    columns = [
        part
        for name, column in dated.items()
        for part in (
            column.values,
            column.impossible.rename(lambda rule: RAW + rule),
            column.unreadable.alias(RAW + name).to_frame(),
        )
    ]
    rows = (
        pl.concat([raw.drop(*dated), *columns], how="horizontal")
        .lazy()
        .with_columns(*values, *received)
        .with_columns(rule.broken.alias(f"{i}") for i, rule in enumerate(rules))
        .select(pl.exclude(f"^{RAW}.*$"))
        .collect()
    )
    return rows, _list_doubtful(raw["ligne"], dated)


def _list_doubtful(lines: pl.Series, dated: Mapping[str, ReadColumn]) -> pl.DataFrame:
    """List the dates of several readings: a line each, by column."""
    schema = pl.Schema(declaration(f"tables/{DOUBTFUL}").polars_schema)
    return pl.concat(
        [
            pl.DataFrame(schema=schema),
            *(
                column.doubtful.select(
                    ligne=lines.gather(column.doubtful["rang"]),
                    colonne=pl.lit(name),
                    au_plus_tot="au_plus_tot",
                    au_plus_tard="au_plus_tard",
                )
                for name, column in dated.items()
                if column.doubtful.height
            ),
        ]
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
