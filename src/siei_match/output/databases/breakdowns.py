"""Sortants by what analysts ask of them, as counts: sex, training left, school, months, communes; small ones hidden.

What a row of `decisions` shows of somebody is known at least: a count that is hidden must be free beside that.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from siei_match.output import PreparedCampaign
from siei_match.output.databases.coarse import coarsen_decisions
from siei_match.output.databases.indicators import LISTED, tell_lists, tell_parts
from siei_match.output.databases.places import PAYS, PLACED, part_lines, sum_places
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.disclosure import conceal_parts, is_small
from siei_match.reference.nomenclatures import schools

TABLE: Final = "tables/ventilations"
SCHOOLINGS: Final = "scolarites"
PROFILES: Final = "profils"
UNKNOWN: Final = "inconnu"
ELSEWHERE: Final = "autre"
SEEN_BY: Final[Mapping[str, str | None]] = {
    "sexe": None,
    "niveau": "derniere_formation",
    "domaine": "derniere_formation",
    "etablissement": "dernier_uai",
    "mois_entree": None,
    "mois_sortie": "date_derniere_sortie",
}
"""Each dimension, and the value of a row of `decisions` that tells it where it is shown."""
DOWN_TO: Final = {
    "psad": ("sexe", "niveau"),
    "academie": ("domaine", "etablissement", "mois_entree", "mois_sortie"),
}
FIXED: Final = {"sexe": PROFILES, "niveau": PROFILES, "etablissement": SCHOOLINGS}
"""Dimensions whose values are declared, of nobody too."""
RESIDENCE: Final = "commune_residence"
SCHOOL: Final = "commune_etablissement"
CELL: Final = "|"
CELLS: Final = {"niveau": pl.String, "lieu": pl.String, "dimension": pl.String, "valeur": pl.String,
                "n": pl.Int64, "told": pl.Boolean}  # fmt: skip


def count_breakdowns(
    campaigns: Mapping[str, PreparedCampaign],
    coarseness: Mapping[str, int],
    zones: pl.DataFrame,
    communes: pl.DataFrame,
) -> pl.DataFrame:
    """Count the sortants of each campaign (tables/ventilations); zeros included, hidden counts absent.

    Args:
        campaigns: by code.
        coarseness: how many people share what `decisions` shows of one, by code.
        zones: tables/psad.
        communes: tables/psad_communes.
    """
    parts = [pl.DataFrame(schema={"campagne": pl.String, **CELLS})]
    for code, campaign in campaigns.items():
        if campaign.has_table(SCHOOLINGS):  # an older version left none
            people = _read(campaign, coarseness[code])
            told = _tell(people, zones, communes)
            parts.append(told.select(pl.lit(code).alias("campagne"), *CELLS))
    every = pl.concat(parts).with_columns(
        sortants=pl.when(pl.col("told") & ~is_small(pl.col("n"))).then("n").cast(pl.UInt32)
    )
    declared = declaration(TABLE)
    return conform(every.select(declared.columns).sort(declared.columns[:-1]), TABLE)


def _read(campaign: PreparedCampaign, fewest: int) -> pl.DataFrame:
    """Return psad and the dimensions of everybody listed, with what `decisions` shows of them."""
    decisions = campaign.table("decisions").filter(statut=pl.lit("sortant"))
    shown, _ = coarsen_decisions(decisions, fewest)
    seen = sorted({name for name in SEEN_BY.values() if name})
    profiles = campaign.table(PROFILES).select("id_personne", "sexe", "niveau")
    return (
        campaign.table("signalements")
        .select("id_personne", "psad")
        .join(profiles, on="id_personne", how="left")
        .join(campaign.table(SCHOOLINGS), on="id_personne", how="left")
        .join(
            shown.select("id_personne", *(pl.col(n).is_not_null().alias(n) for n in seen)),
            on="id_personne",
            how="left",
        )
        .with_columns(pl.col([*SEEN_BY, RESIDENCE, SCHOOL]).fill_null(UNKNOWN))
        .with_columns(pl.col(seen).fill_null(value=False))
    )


def _tell(people: pl.DataFrame, zones: pl.DataFrame, communes: pl.DataFrame) -> pl.DataFrame:
    """Decide which counts of one campaign's sortants are told: `CELLS`."""
    listed = people.group_by("psad").agg(pl.len().cast(pl.Int64).alias(LISTED))
    every = zones.select(psad="code").join(listed, on="psad", how="full", coalesce=True)
    lists = tell_lists(every.fill_null(0).sort("psad"), zones)
    parts = [_tell_placed(people, lists, zones, level) for level in DOWN_TO]
    parts += [
        _tell_within(people, RESIDENCE, _homes(people, communes), lists.filter(niveau="psad")),
        _tell_within(
            people.with_columns(psad=_academy_of(people["psad"], zones)),
            SCHOOL,
            _schools(communes, zones),
            lists.filter(niveau="academie"),
        ),
    ]
    return pl.concat(parts)


def _tell_placed(
    people: pl.DataFrame, lists: pl.DataFrame, zones: pl.DataFrame, level: str
) -> pl.DataFrame:
    """Decide the dimensions that are counted from the country down to `level`."""
    dimensions = DOWN_TO[level]
    partitions = {name: (LISTED, _cells(people, name)) for name in dimensions}
    counts = people.group_by("psad").agg(*_counting(dimensions, partitions))
    floors = people.group_by("psad").agg(*_counting(dimensions, partitions, seen=True))
    every = lists.filter(niveau="psad").select(psad="lieu")
    summed = _sum(every.join(counts, on="psad", how="left"), zones).join(
        _sum(every.join(floors, on="psad", how="left"), zones).rename({"n": "floor"}),
        on=[*PLACED, "indicateur"],
    )
    levels = (PAYS, "academie", "psad")[: 3 if level == "psad" else 2]
    top = summed.filter(niveau=PAYS).with_columns(
        pl.col("indicateur").str.split(CELL).list.first().alias("of")
    )
    flat = conceal_parts(top.select("n", "floor", ensemble="of", part="indicateur"))
    told = tell_parts(
        summed,
        lists,
        pl.concat(part_lines(zones, every["psad"], levels)),
        partitions,
        top.drop("of").with_columns(told=flat["told"]),
    )
    split = pl.col("indicateur").str.splitn(CELL, 2).struct
    return told.select(
        *PLACED, "n", "told", dimension=split.field("field_0"), valeur=split.field("field_1")
    ).select([*CELLS])


def _cells(people: pl.DataFrame, name: str) -> tuple[str, ...]:
    """Return the values of a dimension, each with its name before it."""
    if name in FIXED:
        field = next(f for f in declaration(f"tables/{FIXED[name]}").fields if f["name"] == name)
        values = [*field["constraints"]["enum"], UNKNOWN]
    else:
        values = people[name].unique().sort().to_list()
    return tuple(f"{name}{CELL}{value}" for value in values)


def _counting(
    dimensions: tuple[str, ...],
    partitions: Mapping[str, tuple[str, tuple[str, ...]]],
    *,
    seen: bool = False,
) -> list[pl.Expr]:
    """Count each value of each dimension; `seen`: of those alone whose row in `decisions` tells it."""
    told = []
    for name in dimensions:
        column = SEEN_BY[name]
        shown = (
            pl.lit(value=True) if not seen else pl.col(column) if column else pl.lit(value=False)
        )
        told += [
            ((pl.col(name) == cell.split(CELL, 1)[1]) & shown).sum().cast(pl.Int64).alias(cell)
            for cell in partitions[name][1]
        ]
    return told


def _sum(counts: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    return sum_places(counts.fill_null(0), zones)


def _tell_within(
    people: pl.DataFrame, dimension: str, own: pl.DataFrame, wholes: pl.DataFrame
) -> pl.DataFrame:
    """Decide the communes of each place, which are parts of nothing else: `CELLS`.

    Args:
        people: `psad` is the place that they are of.
        dimension: the column that holds their commune.
        own: lieu, valeur: the communes of each place; another one is `ELSEWHERE`.
        wholes: how many people each place has, and whether that is told (`tell_lists`).
    """
    grid = pl.concat([
        own,
        *(wholes.select("lieu", valeur=pl.lit(word)) for word in (UNKNOWN, ELSEWHERE)),
    ]).join(wholes.select("niveau", "lieu", "told"), on="lieu")  # fmt: skip
    mine = people.select(lieu="psad", valeur=dimension)
    of_place = own.with_columns(own=pl.lit(value=True))
    named = mine.join(of_place, on=["lieu", "valeur"], how="left").with_columns(
        valeur=pl.when(pl.col("own").is_not_null() | (pl.col("valeur") == UNKNOWN))
        .then("valeur")
        .otherwise(pl.lit(ELSEWHERE))
    )
    counts = named.group_by("lieu", "valeur").agg(n=pl.len().cast(pl.Int64))
    cells = grid.join(counts, on=["lieu", "valeur"], how="left").with_columns(
        pl.col("n").fill_null(0)
    ).sort("lieu", "valeur")  # fmt: skip
    open_ = cells.filter("told")
    decided = conceal_parts(open_.select("n", ensemble="lieu", part="valeur"))["told"]
    return pl.concat([open_.with_columns(told=decided), cells.filter(~pl.col("told"))]).select(
        "niveau", "lieu", "valeur", "n", "told", dimension=pl.lit(dimension)
    ).select([*CELLS])  # fmt: skip


def _homes(people: pl.DataFrame, communes: pl.DataFrame) -> pl.DataFrame:
    return communes.select(lieu="psad", valeur="code_commune").unique(maintain_order=True)


def _academy_of(psads: pl.Series, zones: pl.DataFrame) -> pl.Series:
    named = psads.to_frame("code").join(
        _academies(zones), on="code", how="left", maintain_order="left"
    )
    return named["academie"].alias("psad")


def _academies(zones: pl.DataFrame) -> pl.DataFrame:
    tree = pl.concat(part_lines(zones, zones["code"], ("academie", "psad")))
    return tree.filter(above="academie").select(code="lieu", academie="of")


def _schools(communes: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Return lieu, valeur: the communes with a school of each académie."""
    placed = communes.join(_academies(zones), left_on="psad", right_on="code")
    with_school = schools().select(code_commune="commune").drop_nulls().unique()
    return (
        placed.join(with_school, on="code_commune", how="semi")
        .select(lieu="academie", valeur="code_commune")
        .unique(maintain_order=True)
        .sort("lieu", "valeur")
    )
