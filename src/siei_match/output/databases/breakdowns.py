"""Sortants by what analysts ask of them, as counts: sex, training left, school, months, communes; small ones hidden.

What a row of `decisions` shows of somebody, anybody counts: to tell a count is to tell how many there are beside
those. So it is these others, whose row hides it, of whom it is decided what is told.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from siei_match.output import PreparedCampaign
from siei_match.output.databases.coarse import coarsen_decisions
from siei_match.output.databases.indicators import LISTED, tell_lists, tell_parts
from siei_match.output.databases.places import PAYS, PLACED, part_lines, sum_places
from siei_match.reference.concealment import conceal_parts
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.disclosure import is_small
from siei_match.reference.nomenclatures import schools
from siei_match.reference.vocabulary import UNPLACED

TABLE: Final = "tables/ventilations"
STUDIES: Final = "scolarites"
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
    "commune_residence": None,
    "commune_etablissement": "dernier_uai",
}
"""Each dimension, and the value of a row of `decisions` that tells it where it is shown."""
DOWN_TO: Final = {
    "psad": ("sexe", "niveau"),
    "academie": ("domaine", "etablissement", "mois_entree", "mois_sortie"),
}
FIXED: Final = {"sexe": PROFILES, "niveau": PROFILES, "etablissement": STUDIES}
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
        if campaign.has_table(STUDIES):  # an older version left none
            people = read_listed(campaign, coarseness[code])
            told = tell_breakdowns(people, zones, communes)
            parts.append(told.select(pl.lit(code).alias("campagne"), *CELLS))
    every = pl.concat(parts).with_columns(
        sortants=pl.when(pl.col("told") & ~is_small(pl.col("n"))).then("n").cast(pl.UInt32)
    )
    declared = declaration(TABLE)
    return conform(every.select(declared.columns).sort(declared.columns[:-1]), TABLE)


def read_listed(campaign: PreparedCampaign, fewest: int) -> pl.DataFrame:
    """Return psad and the dimensions of everybody listed, with what `decisions` shows of them."""
    decisions = campaign.table("decisions").filter(statut=pl.lit("sortant"))
    shown, _ = coarsen_decisions(decisions, fewest)
    seen = sorted({name for name in SEEN_BY.values() if name})
    profiles = campaign.table(PROFILES).select("id_personne", "sexe", "niveau")
    return (
        campaign.table("signalements")
        .select("id_personne", "psad")
        .join(profiles, on="id_personne", how="left")
        .join(campaign.table(STUDIES), on="id_personne", how="left")
        .join(
            shown.select("id_personne", *(pl.col(n).is_not_null().alias(n) for n in seen)),
            on="id_personne",
            how="left",
        )
        .with_columns(pl.col([*SEEN_BY]).fill_null(UNKNOWN))
        .with_columns(pl.col(seen).fill_null(value=False))
    )


def tell_breakdowns(
    people: pl.DataFrame, zones: pl.DataFrame, communes: pl.DataFrame
) -> pl.DataFrame:
    """Decide which counts of one campaign's sortants are told: `CELLS`.

    people: `psad`, every dimension, and whether `decisions` shows what tells it (`SEEN_BY`).
    """
    listed = people.group_by("psad").agg(pl.len().cast(pl.Int64).alias(LISTED))
    known = pl.concat([zones["code"], pl.Series([UNPLACED])]).alias("psad").to_frame()
    every = known.join(listed, on="psad", how="full", coalesce=True)
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
    psads = lists.filter(niveau="psad").select(psad="lieu")
    partitions = {name: (name, _cells(people, name)) for name in DOWN_TO[level]}
    exact, others = (
        sum_places(
            psads.join(people.group_by("psad").agg(_count(partitions, seen=seen)), on="psad", how="left")
            .fill_null(0),
            zones,
        )
        for seen in (True, False)
    )  # fmt: skip
    told_lengths = lists.select(*PLACED, "told")
    wholes = others.filter(pl.col("indicateur").is_in(list(partitions))).join(
        told_lengths, on=PLACED, maintain_order="left"
    )
    top = others.filter(pl.col("indicateur").str.contains(CELL, literal=True), niveau=PAYS)
    whole = pl.col("indicateur").str.split(CELL).list.first()
    shown = conceal_parts(top.select("n", ensemble=whole, part="indicateur"))["told"]
    levels = (PAYS, "academie", "psad")
    lines = part_lines(zones, psads["psad"], levels[: levels.index(level) + 1])
    told = tell_parts(others, wholes, pl.concat(lines), partitions, top.with_columns(told=shown))
    named = pl.col("indicateur").str.splitn(CELL, 2).struct
    return (
        told.drop("n")
        .join(exact, on=[*PLACED, "indicateur"], maintain_order="left")
        .with_columns(dimension=named.field("field_0"), valeur=named.field("field_1"))
        .select([*CELLS])
    )


def _cells(people: pl.DataFrame, name: str) -> tuple[str, ...]:
    """Return the values of a dimension, each with its name before it."""
    if name in FIXED:
        field = next(f for f in declaration(f"tables/{FIXED[name]}").fields if f["name"] == name)
        values = [*field["constraints"]["enum"], UNKNOWN]
    else:
        values = people[name].unique().sort().to_list()
    return tuple(f"{name}{CELL}{value}" for value in values)


def _count(partitions: Mapping[str, tuple[str, tuple[str, ...]]], *, seen: bool) -> list[pl.Expr]:
    """Count each value of each dimension, and the dimension itself; `seen`: those too whose row tells it."""
    told = []
    for name, cells in partitions.values():
        counted = pl.col(name).is_not_null() if seen else _hidden(name)
        told.append(counted.sum().cast(pl.Int64).alias(name))
        told += [
            ((pl.col(name) == cell.split(CELL, 1)[1]) & counted).sum().cast(pl.Int64).alias(cell)
            for cell in cells
        ]
    return told


def _hidden(dimension: str) -> pl.Expr:
    """Whether no row of `decisions` tells a person's value of a dimension."""
    column = SEEN_BY[dimension]
    return pl.col(dimension).is_not_null() if column is None else ~pl.col(column)


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
    mine = people.select(lieu="psad", valeur=dimension, hidden=_hidden(dimension))
    of_place = own.with_columns(own=pl.lit(value=True))
    named = mine.join(of_place, on=["lieu", "valeur"], how="left").with_columns(
        valeur=pl.when(pl.col("own").is_not_null() | (pl.col("valeur") == UNKNOWN))
        .then("valeur")
        .otherwise(pl.lit(ELSEWHERE))
    )
    counts = named.group_by("lieu", "valeur").agg(
        n=pl.len().cast(pl.Int64), others=pl.col("hidden").sum().cast(pl.Int64)
    )
    cells = grid.join(counts, on=["lieu", "valeur"], how="left").with_columns(
        pl.col("n", "others").fill_null(0)
    ).sort("lieu", "valeur")  # fmt: skip
    open_ = cells.filter("told")
    decided = conceal_parts(open_.select(n="others", ensemble="lieu", part="valeur"))["told"]
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
