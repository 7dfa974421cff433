"""The lists by platform, académie and département: counts, changes, a map; small ones hidden."""

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from siei_match.reference.contracts import schemas_root
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.reference.vocabulary import A_VERIFIER
from siei_match.stages.publish.report.counts import hide
from siei_match.stages.publish.report.previous import PreviousCounts

GAP: Final = 3.0
"""Standard deviations from which a difference is told apart from chance (a law of rare events)."""
CLASSES: Final = (0, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500)
"""Where the map's classes begin: 1 to 4 are one of them."""
COLOURS: Final = 6
WITHOUT_ACADEMY: Final = "Académie inconnue"


@dataclass(frozen=True)
class ListPlaces:
    """What is told of places. A count that is None is hidden."""

    platforms: list[dict[str, Any]]
    academies: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    land: "CommuneMap | None"


@dataclass(frozen=True)
class CommuneMap:
    """One square per département: code, colonne, rang, name of its class, colour from 0 to 5."""

    cases: list[dict[str, Any]]
    legend: list[tuple[str, int, int]]
    """Class, colour, how many départements."""
    outside: int
    """Platforms whose département is unknown or has no square."""


def describe_places(
    lists: pl.DataFrame, psad: pl.DataFrame, previous: PreviousCounts | None
) -> ListPlaces:
    """Count the lists by place. `non_affecte` is no place, and is not among them."""
    exact = _count(lists, psad, previous)
    academies = _sum_academies(exact)
    told = _veil_platforms(exact, academies)
    # Hidden counts are told apart by nothing, not even by their rank.
    ranked = told.sort(pl.col("sortants").fill_null(1) * -1, "psad")
    return ListPlaces(
        platforms=ranked.to_dicts(),
        academies=academies.to_dicts(),
        gaps=_find_outliers(exact, told) if previous else [],
        land=_draw_map(exact),
    )


def _count(
    lists: pl.DataFrame, psad: pl.DataFrame, previous: PreviousCounts | None
) -> pl.DataFrame:
    now = lists.group_by("psad").agg(
        sortants=pl.len(),
        a_verifier=(pl.col("situation") == A_VERIFIER).sum(),
        mineurs=(pl.col("public") == "obligation_formation").sum(),
        suivis=(pl.col("suivi_mission_locale") == "oui").sum(),
        nouveaux=(pl.col("premier_signalement") == pl.col("campagne")).sum(),
    )
    shown = previous.signalements if previous else pl.DataFrame({"psad": []}, {"psad": pl.String})
    before = shown.group_by("psad").agg(avant=pl.len())
    return (
        psad.select("nom", "departement", "academie", psad="code")
        .join(now, on="psad", how="left", maintain_order="left")
        .join(before, on="psad", how="left", maintain_order="left")
        .with_columns(
            pl.col("sortants", "a_verifier", "mineurs", "suivis", "nouveaux", "avant")
            .fill_null(0)
            .cast(pl.Int64)
        )
    )


def _sum_academies(exact: pl.DataFrame) -> pl.DataFrame:
    """Sum by académie, the most sortants first; small counts and those that give them hidden."""
    parts = ["nouveaux", "a_verifier", "mineurs", "suivis"]
    summed = (
        exact.with_columns(pl.col("academie").fill_null(WITHOUT_ACADEMY))
        .group_by("academie")
        .agg(
            pl.len().cast(pl.Int64).alias("plateformes"), pl.col("sortants", "avant", *parts).sum()
        )
        .sort("academie")
    )
    # 12 sortants of whom 10 are minors: two are not.
    safe = [
        pl.when(~(pl.col("sortants") - pl.col(part)).is_between(1, SMALL_COUNT - 1))
        .then(pl.col(part))
        .alias(part)
        for part in parts
    ]
    told = summed.with_columns(safe)
    for column in ("sortants", "avant", *parts):
        hidden = hide(summed, column, "academie")
        told = told.with_columns(pl.when(~hidden).then(pl.col(column)).alias(column))
    return told.sort(pl.col("sortants").fill_null(1) * -1, "academie")


def _veil_platforms(exact: pl.DataFrame, academies: pl.DataFrame) -> pl.DataFrame:
    """Hide the small counts of platforms, and what would give them back from their académie's."""
    kept = exact.select(
        "psad",
        "nom",
        "sortants",
        "avant",
        academie=pl.col("academie").fill_null(WITHOUT_ACADEMY),
    )
    for column in ("sortants", "avant"):
        silent = set(academies.filter(pl.col(column).is_null())["academie"])
        parts = [
            part.select("psad", cache=hide_within(part, column, silent=name in silent))
            for (name,), part in kept.partition_by("academie", as_dict=True).items()
        ]
        nothing = pl.DataFrame(schema={"psad": pl.String, "cache": pl.Boolean})
        hidden = pl.concat([nothing, *parts])
        kept = (
            kept.join(hidden, on="psad", how="left", maintain_order="left")
            .with_columns(pl.when(~pl.col("cache")).then(pl.col(column)).alias(column))
            .drop("cache")
        )
    return kept


def hide_within(part: pl.DataFrame, column: str, *, silent: bool) -> pl.Series:
    """Hide within an académie; where its own sum is hidden, its people are at one place at least."""
    hidden = hide(part, column, "psad")
    if silent and not hidden.any():
        smallest = part.filter(pl.col(column) > 0)[column].min()
        hidden = part[column] == (-1 if smallest is None else smallest)
    return hidden


def _find_outliers(exact: pl.DataFrame, told: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the platforms whose change is not that of the country, the farthest first."""
    total = exact.select(pl.col("sortants", "avant").sum()).row(0)
    if not all(total):
        return []
    expected = pl.col("avant") * (total[0] / total[1])
    distance = (pl.col("sortants") - expected) / pl.max_horizontal(expected, 1.0).sqrt()
    far = exact.select("psad", "nom", attendus=expected, distance=distance).filter(
        pl.col("distance").abs() > GAP
    )
    return (
        far.join(told.select("psad", "sortants", "avant"), on="psad")
        .sort(pl.col("distance").abs() * -1, "psad")
        .to_dicts()
    )


def _draw_map(exact: pl.DataFrame) -> CommuneMap | None:
    tiles = pl.read_csv(
        schemas_root() / "nomenclatures" / "carte.csv", separator=";", infer_schema=False
    ).select(
        "departement",
        "nom",
        colonne=pl.col("colonne").cast(pl.Int64),
        rang=pl.col("rang").cast(pl.Int64),
    )
    summed = exact.group_by("departement").agg(pl.col("sortants").sum())
    placed = tiles.join(summed, on="departement", how="left", maintain_order="left")
    if not placed["sortants"].count():
        return None
    classes = _choose_classes(placed["sortants"].max())
    cases = [
        case | dict(zip(("classe", "couleur"), _classify(case["sortants"], classes), strict=True))
        for case in placed.to_dicts()
    ]
    counted = [(case["classe"], case["couleur"]) for case in cases if case["sortants"] is not None]
    legend = [
        (name, colour, counted.count((name, colour)))
        for name, colour in (_classify(start, classes) for start in classes)
    ]
    return CommuneMap(
        cases=cases,
        legend=legend,
        outside=exact.filter(
            ~pl.col("departement").is_in(tiles["departement"].implode())
            | pl.col("departement").is_null()
        ).height,
    )


def _choose_classes(most: Any) -> list[int]:
    """Return the classes that are needed: 0, 1 to 4, then at most four more up to `most`."""
    rising = [start for start in CLASSES[2:] if start <= max(int(most), 0)]
    return [*CLASSES[:2], *rising[-(COLOURS - 2) :]] if rising else [*CLASSES[:2]]


def _classify(count: int | None, classes: list[int]) -> tuple[str, int]:
    if count is None:
        return "sans plateforme", 0
    rank = max(n for n, start in enumerate(classes) if start <= count)
    if rank == 0:
        return "aucun", 0
    if rank == len(classes) - 1 and rank > 1:
        return f"{classes[rank]} et plus", rank
    # Classes left out between 1 to 4 and the next belong to the lower one.
    end = classes[rank + 1] - 1 if rank + 1 < len(classes) else SMALL_COUNT - 1
    return f"{classes[rank]} à {end}", rank
