"""The lists by platform, académie and département: counts, changes, a map; small ones hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from siei_match.output.databases.indicators import tell_indicators, tell_lists
from siei_match.output.databases.places import PAYS, UNKNOWN_PLACE
from siei_match.reference.contracts import schemas_root
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.reference.vocabulary import A_VERIFIER
from siei_match.stages.publish.report.previous import PreviousCounts

GAP: Final = 3.0
"""Standard deviations from which a difference is told apart from chance (a law of rare events)."""
CLASSES: Final = (SMALL_COUNT, 10, 25, 50, 100, 250, 500, 1000, 2500)
"""Where the map's classes begin, beside that of nobody and that of hidden counts."""
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
    shown = previous.signalements if previous else pl.DataFrame({"psad": []}, {"psad": pl.String})
    before = shown.group_by("psad").agg(sortants=pl.len().cast(pl.Int64))
    now = tell_indicators(_count(lists), psad)
    then = tell_lists(before, psad).with_columns(indicateur=pl.lit("avant"))
    told = pl.concat([now, then]).with_columns(told=pl.when("told").then("n"))
    platforms = _spread(told, "psad", ("sortants", "avant"))
    named = psad.select("nom", academie=pl.col("academie").fill_null(WITHOUT_ACADEMY), psad="code")
    # Hidden counts are told apart by nothing, not even by their rank.
    ranked = (
        named.join(platforms, left_on="psad", right_on="lieu", maintain_order="left")
        .select("psad", "nom", "sortants", "avant", "academie")
        .sort(pl.col("sortants").fill_null(1) * -1, "psad")
    )
    return ListPlaces(
        platforms=ranked.to_dicts(),
        academies=_describe_academies(told, named).to_dicts(),
        gaps=_find_outliers(told, ranked) if previous else [],
        land=_draw_map(told, psad),
    )


def _count(lists: pl.DataFrame) -> pl.DataFrame:
    """Count the lists by platform, as `output.databases.indicators` does."""
    minor, doubt = pl.col("public") == "obligation_formation", pl.col("situation") == A_VERIFIER
    followed = pl.col("suivi_mission_locale") == "oui"
    first = pl.col("premier_signalement") == pl.col("campagne")
    return lists.group_by("psad").agg(
        condition.sum().cast(pl.Int64).alias(name)
        for name, condition in {
            "sortants": pl.col("psad").is_not_null(),
            "a_verifier": doubt,
            "confirmes": ~doubt,
            "obligation_formation": minor,
            "droit_retour": ~minor,
            "suivis_mission_locale": followed,
            "non_suivis": ~followed,
            "nouveaux": first,
            "deja_signales": ~first,
        }.items()
    )


def _spread(told: pl.DataFrame, level: str, names: Sequence[str]) -> pl.DataFrame:
    """Return `lieu` and a column per indicator, of the places of a level."""
    return (
        told.filter(niveau=level)
        .group_by("lieu", maintain_order=True)
        .agg(pl.col("told").filter(indicateur=name).first().alias(name) for name in names)
    )


def _describe_academies(told: pl.DataFrame, platforms: pl.DataFrame) -> pl.DataFrame:
    """Return the académies, the most sortants first."""
    renamed = {"obligation_formation": "mineurs", "suivis_mission_locale": "suivis"}
    names = ("sortants", "avant", "nouveaux", "a_verifier", *renamed)
    counts = _spread(told, "academie", names).rename(renamed)
    sizes = platforms.group_by("academie").agg(plateformes=pl.len().cast(pl.Int64))
    return (
        counts.with_columns(academie=pl.col("lieu").replace(UNKNOWN_PLACE, WITHOUT_ACADEMY))
        .drop("lieu")
        .join(sizes, on="academie", maintain_order="left")
        .sort(pl.col("sortants").fill_null(1) * -1, "academie")
    )


def _find_outliers(told: pl.DataFrame, platforms: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the platforms whose change is not that of the country, the farthest first.

    Of those of which both counts are told: how far another is would tell of what is hidden.
    """
    country = dict(told.filter(niveau=PAYS).select("indicateur", "n").iter_rows())
    if not country["sortants"] or not country["avant"]:
        return []
    expected = pl.col("avant") * (country["sortants"] / country["avant"])
    distance = (pl.col("sortants") - expected) / pl.max_horizontal(expected, 1.0).sqrt()
    return (
        platforms.drop_nulls(["sortants", "avant"])
        .select("psad", "nom", "sortants", "avant", attendus=expected, distance=distance)
        .filter(pl.col("distance").abs() > GAP)
        .sort(pl.col("distance").abs() * -1, "psad")
        .to_dicts()
    )


def _draw_map(told: pl.DataFrame, psad: pl.DataFrame) -> CommuneMap | None:
    tiles = pl.read_csv(
        schemas_root() / "nomenclatures" / "carte.csv", separator=";", infer_schema=False
    ).select(
        "departement",
        "nom",
        colonne=pl.col("colonne").cast(pl.Int64),
        rang=pl.col("rang").cast(pl.Int64),
    )
    counts = told.filter(niveau="departement", indicateur="sortants").select("lieu", "n", "told")
    placed = tiles.join(
        counts.rename({"n": "sortants"}), left_on="departement", right_on="lieu", how="left",
        maintain_order="left",
    )  # fmt: skip
    if not placed["sortants"].count():
        return None
    classes = _choose_classes(placed["told"].max())
    cases = []
    for case in placed.to_dicts():
        name, colour = _classify(case["sortants"], case.pop("told"), classes)
        cases.append(case | {"classe": name, "couleur": colour})
    counted = [(case["classe"], case["couleur"]) for case in cases if case["sortants"] is not None]
    starts = ((0, 0), (SMALL_COUNT, None), *((start, start) for start in classes))
    legend = [
        (name, colour, counted.count((name, colour)))
        for name, colour in (_classify(*start, classes) for start in starts)
    ]
    return CommuneMap(
        cases=cases,
        legend=legend,
        outside=psad.filter(
            ~pl.col("departement").is_in(tiles["departement"].implode())
            | pl.col("departement").is_null()
        ).height,
    )


def _choose_classes(most: Any) -> list[int]:
    """Return where the classes that are needed begin, at most four up to `most`."""
    rising = [start for start in CLASSES if start <= (most or 0)]
    return rising[-(COLOURS - 2) :]


def _classify(count: int | None, told: int | None, classes: list[int]) -> tuple[str, int]:
    if count is None:
        return "sans plateforme", 0
    if told is None:
        return "caché", 1
    if told == 0:
        return "aucun", 0
    rank = max((n for n, start in enumerate(classes) if start <= told), default=0)
    # Classes left out under the first belong to it.
    start = classes[rank] if rank else SMALL_COUNT
    if rank == len(classes) - 1:
        return f"{start} et plus", rank + 2
    return f"{start} à {classes[rank + 1] - 1}", rank + 2
