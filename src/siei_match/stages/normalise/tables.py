"""The four tables that every extract is taken to, from its columns' meaning."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.nomenclatures import communes, describe_mefs
from siei_match.reference.people import no_doubts
from siei_match.stages.normalise.addresses import choose_street, normalise_addresses
from siei_match.stages.normalise.columns import SEXES, ProviderColumns
from siei_match.stages.normalise.contacts import (
    drop_made_up_phones,
    drop_phones,
    gather,
    holders,
    normalise_mails,
    read_phones,
    show_phones,
)
from siei_match.stages.normalise.names import normalise_identity
from siei_match.stages.normalise.places import resolve_births, resolve_communes
from siei_match.stages.normalise.text import each, over_distinct


@dataclass(frozen=True)
class NormalisedTables:
    """What a file says, in the form that the linkage and the decision read.

    Attributes:
        traits: one row per valid row; `parcours`, `titres`: those that say something of the kind;
            `coordonnees`: one row per valid row, as the source wrote it. `dates_douteuses`: the
            dates of these that are in doubt.
    """

    traits: pl.DataFrame
    parcours: pl.DataFrame
    titres: pl.DataFrame
    coordonnees: pl.DataFrame
    dates_douteuses: pl.DataFrame = field(default_factory=no_doubts)


@dataclass(frozen=True)
class NumberedRows:
    """A file's valid rows, numbered, with what more than one table needs of them.

    Attributes:
        rows: the valid rows with their `rid`.
        telephones: the columns of telephones, in one spelling, made-up ones included.
        residences: the commune of residence of today.
    """

    lignes: pl.DataFrame
    fichier: Fichier
    colonnes: ProviderColumns
    telephones: pl.DataFrame
    residences: pl.Series


def empty(table: str) -> pl.DataFrame:
    """Return a table of the contract without rows."""
    return pl.DataFrame(schema=declaration(f"tables/{table}").polars_schema)


def read_rows(
    valides: pl.DataFrame, fichier: Fichier, premier_rid: int, columns: ProviderColumns
) -> NumberedRows:
    """Number the valid rows in the order of their lines, from `premier_rid`, and read places."""
    rows = (
        valides.sort("ligne")
        .with_row_index("rid", offset=premier_rid)
        .with_columns(pl.col("rid", "ligne").cast(pl.UInt32))
    )
    numbers = list(
        dict.fromkeys(columns.telephones + columns.guardian_phones + columns.second_phones)
    )
    phones = each(rows.select(numbers), read_phones)
    places = resolve_communes(
        _series(rows, columns.commune),
        _series(rows, columns.libelle_commune),
        _series(rows, columns.code_postal),
        _series(rows, columns.pays),
    )
    return NumberedRows(rows, fichier, columns, phones, places)


def rules_day(fichier: Fichier) -> date:
    """The day whose rules apply: the start of the file's school year, else its extraction."""
    if fichier.annee_scolaire is None:
        return fichier.date_extraction
    return date(int(fichier.annee_scolaire[:4]), 9, 1)


def optional(column: str | None) -> pl.Expr:
    """The column, or nulls where the source has none."""
    return pl.col(column) if column else pl.lit(None, pl.String)


def _series(rows: pl.DataFrame, column: str | None) -> pl.Series:
    nulls = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    return rows[column] if column else nulls


def school_year(column: str | None, fichier: Fichier) -> pl.Expr:
    """The year in which a row's school year starts: its own when readable, else its file's."""
    own = optional(column).str.extract(r"^\s*(\d{4})-\d{4}\s*$").cast(pl.Int16)
    of_file = int(fichier.annee_scolaire[:4]) if fichier.annee_scolaire else None
    return pl.coalesce(own, pl.lit(of_file, pl.Int16))


def build_traits(lecture: NumberedRows) -> pl.DataFrame:
    """What the linkage compares: `tables/traits`."""
    rows, columns = lecture.lignes, lecture.colonnes
    traits = rows.select(
        "rid",
        "ligne",
        pl.col("naissance_annee").cast(pl.Int16),
        pl.col("naissance_mois", "naissance_jour").cast(pl.Int8),
        extrait=pl.lit(lecture.fichier.extrait),
        fichier=pl.lit(lecture.fichier.nom),
        ine=optional(columns.ine),
        sexe=pl.col(columns.sexe)
        .str.to_uppercase()
        .replace_strict(SEXES, default=None, return_dtype=pl.String),
        uai=optional(columns.uai),
    ).hstack(normalise_identity(rows, columns))
    mails = list(dict.fromkeys(columns.courriels + columns.guardian_mails + columns.second_mails))
    phones = each(lecture.telephones, drop_made_up_phones)
    traits = traits.with_columns(
        naissance_lieu=resolve_births(
            _series(rows, columns.commune_naissance),
            _series(rows, columns.pays_naissance),
        ),
        commune=lecture.residences,
        adresse=_streets(rows, list(columns.address)),
        courriels=gather(each(rows.select(mails), normalise_mails), rows.height),
        telephones=gather(phones, rows.height),
    )
    return traits.select(declaration("tables/traits").columns)


def phone_holders(traits: pl.DataFrame) -> pl.DataFrame:
    """Return who of these `tables/traits` gives which telephone, as `shared_phones` counts them."""
    names = pl.coalesce("nom_naissance", "nom_usage")
    # As far as a file's own names and dates tell people apart.
    person = pl.struct(names.alias("nom"), "prenom1", pl.col("^naissance_(annee|mois|jour)$"))
    return holders(traits["telephones"], traits.select(person.hash()).to_series())


def without_phones(traits: pl.DataFrame, shared: pl.Series) -> pl.DataFrame:
    """Return `tables/traits` without the telephones that are nobody's own: no evidence."""
    return traits.with_columns(drop_phones(traits["telephones"], shared))


def _streets(rows: pl.DataFrame, columns: list[str]) -> pl.Series:
    if not columns:
        return _series(rows, None)
    return choose_street(over_distinct(rows.select(columns), columns, normalise_addresses))


def build_coordonnees(lecture: NumberedRows) -> pl.DataFrame:
    """What a list shows: `tables/coordonnees`, as the source wrote it."""
    rows, columns = lecture.lignes, lecture.colonnes
    usage = optional(columns.nom_usage)
    shown = each(lecture.telephones, show_phones)
    frame = rows.select(
        "rid",
        nom_naissance=optional(columns.nom_naissance),
        nom_usage=pl.when(usage.ne_missing(optional(columns.nom_naissance))).then(usage),
        prenoms=_joined(columns.prenoms, ", "),
        adresse=_joined(columns.address, ", "),
        code_postal=optional(columns.code_postal),
        commune=pl.coalesce(optional(columns.libelle_commune), _commune_names(lecture)),
        courriel=_first(columns.courriels),
        responsable_nom=_joined(columns.responsable, " "),
        responsable_courriel=_first(columns.guardian_mails),
        responsable2_nom=_joined(columns.second_guardian, " "),
        responsable2_courriel=_first(columns.second_mails),
    ).with_columns(
        telephones=gather(shown.select(columns.telephones), rows.height),
        responsable_telephone=_first_of(shown, columns.guardian_phones),
        responsable2_telephone=_first_of(shown, columns.second_phones),
    )
    return frame.select(declaration("tables/coordonnees").columns)


def _joined(columns: tuple[str, ...], separator: str) -> pl.Expr:
    if not columns:
        return pl.lit(None, pl.String)
    return pl.concat_str(columns, separator=separator, ignore_nulls=True).replace("", None)


def _first(columns: tuple[str, ...]) -> pl.Expr:
    return pl.coalesce(*columns) if columns else pl.lit(None, pl.String)


def _first_of(shown: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series | pl.Expr:
    return shown.select(_first(columns)).to_series() if columns else pl.lit(None, pl.String)


def _commune_names(lecture: NumberedRows) -> pl.Series:
    known = communes()
    return lecture.residences.replace_strict(
        known["code"], known["nom"], default=None, return_dtype=pl.String
    )


@dataclass(frozen=True)
class PupilColumns:
    """What the columns of a file of pupils mean, beside those of who they are."""

    annee: str
    mef: str
    debut: str
    fin: str
    uai: str


def normalise_pupils(
    valides: pl.DataFrame,
    fichier: Fichier,
    premier_rid: int,
    columns: ProviderColumns,
    stay: PupilColumns,
) -> NormalisedTables:
    """Take a file of pupils, an enrolment a row, to the four tables; it tells no diploma obtained."""
    lecture = read_rows(valides, fichier, premier_rid, columns)
    parcours = build_parcours(
        lecture,
        describe_mefs(valides[stay.mef], rules_day(fichier)),
        annee=school_year(stay.annee, fichier),
        debut=pl.col(stay.debut),
        fin=pl.col(stay.fin),
        uai=pl.col(stay.uai),
        mef=pl.col(stay.mef),
    )
    return NormalisedTables(
        build_traits(lecture), parcours, empty("titres"), build_coordonnees(lecture)
    )


def build_parcours(
    lecture: NumberedRows, formations: pl.DataFrame | None = None, **columns: pl.Expr
) -> pl.DataFrame:
    """Enrolments or follow-ups: `tables/parcours`.

    Args:
        lecture: the file's rows.
        formations: what `describe_mefs` or `describe_diplomes` says of the codes of the file,
            joined on its first column; it gives `cycle`, `formation` and maybe `diplome`.
        columns: the table's columns, from those of the file; the rest is absent.
    """
    schema = declaration("tables/parcours").polars_schema
    frame = lecture.lignes.select("rid", extrait=pl.lit(lecture.fichier.extrait), **columns)
    if formations is not None:
        frame = frame.join(formations, on=formations.columns[0], how="left", maintain_order="left")
        frame = frame.with_columns(pl.col("cycle").fill_null("inconnu"))
    return frame.select(
        [
            pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
            for name, kind in schema.items()
        ]
    )
