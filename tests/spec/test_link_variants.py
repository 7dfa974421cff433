"""Which first names are one name in two forms: those that several people bear under one INE, and those listed."""

import polars as pl
import pytest

from siei_match.reference.contracts import declaration
from siei_match.reference.nomenclatures import common_first_names, first_name_variants
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.spec import siei
from siei_match.stages.link.records.records import build_fiches

Row = dict[str, object]
LEVELS = siei().by_name["prenom"].levels


def person(number: int, first: str, **others: object) -> Row:
    """A row of a pupil of their own surname, day and INE."""
    return {
        "extrait": "scolarite",
        "ine": f"{number:09d}AB",
        "nom_naissance": f"KER{chr(65 + number % 26)}{chr(65 + number // 26)}EC",
        "prenom1": first,
        "naissance_annee": 2009,
        "naissance_mois": 1 + number % 12,
        "naissance_jour": 2 + number % 27,
    } | others


def twice(number: int, first: str, second: str, **others: object) -> list[Row]:
    """Two rows of one INE, whose first names differ."""
    return [person(number, first), {**person(number, second, **others), "extrait": "diplomes"}]


def level_between(first: str, second: str, known: list[Row]) -> str:
    """Return how alike two first names are for a delivery that holds some other rows too."""
    rows = [*known, person(18, first), {**person(18, second), "extrait": "diplomes", "ine": None}]
    numbered = [{**row, "rid": i, "fichier": "f.csv", "ligne": i + 1} for i, row in enumerate(rows)]
    fiches = build_fiches(pl.DataFrame(numbered, schema=declaration("tables/traits").polars_schema))
    where = fiches.lignes.sort("rid")["fiche"].tail(2)
    pair = pl.DataFrame({"a": [where[0]], "b": [where[1]]}, schema={"a": pl.UInt32, "b": pl.UInt32})
    compared = Comparator(fiches, stays(fiches, None)).compare(pair)
    return LEVELS[compared["prenom"].item() - 1]


def others_differ() -> list[Row]:
    """Rows of one INE whose first names differ, each in its own way: what chance does."""
    names = ["GWENDAL", "AODREN", "TIDIANE", "SIXTINE", "PRUNE", "OURIEL", "ZELIE", "MILIG"]
    return [row for n, (a, b) in enumerate(zip(names[::2], names[1::2], strict=True), 10)
            for row in twice(n, a, b)]  # fmt: skip


@pytest.mark.parametrize(
    ("why", "known", "expected"),
    [
        ("nobody bears both", [], "different"),
        ("two people do", [*twice(1, "BALTHAZAR", "ZARI"), *twice(2, "ZARI", "BALTHAZAR")], "different"),
        ("three people do", [row for n in range(3) for row in twice(n, "BALTHAZAR", "ZARI")], "variante"),
        ("one person does, in many rows", [row for _ in range(3) for row in twice(1, "BALTHAZAR", "ZARI")], "different"),
        ("the one is a second first name", [row for n in range(3) for row in twice(n, "BALTHAZAR", "ZARI", prenom2="BALTHAZAR")], "different"),
        ("one INE typed for two people", [row for n in range(3) for row in twice(n, "BALTHAZAR", "ZARI", naissance_annee=2005)], "different"),
    ],
)  # fmt: skip
def test_variants_are_learnt_from_people_of_one_identifier(
    why: str, known: list[Row], expected: str
) -> None:
    rows = [*known, *others_differ()]
    assert level_between("BALTHAZAR", "ZARI", rows) == expected, why
    assert level_between("ZARI", "BALTHAZAR", rows) == expected, why


def test_a_name_that_goes_with_all_others_is_no_variant_of_one() -> None:
    """MARIE and ANOUK are each exchanged with many others: that three people bear both says nothing."""
    others = ["PRUNE", "ZELIE", "MILIG", "OURIEL", "SIXTINE", "GWENDAL", "AODREN", "TIDIANE"]
    many = [row for n, other in enumerate(others * 2) for row in twice(n, "MARIE", other)]
    many += [row for n, other in enumerate(others * 2) for row in twice(n + 20, "ANOUK", other)]
    both = [row for n in range(40, 43) for row in twice(n, "MARIE", "ANOUK")]
    assert level_between("MARIE", "ANOUK", both) == "variante"
    assert level_between("MARIE", "ANOUK", [*both, *many]) == "different"


def test_listed_variants_are_two_names_each_once() -> None:
    listed = first_name_variants()
    assert listed.filter(pl.col("prenom") == pl.col("variante")).is_empty()
    either = listed.select(pl.concat_list(pl.all()).list.sort().list.join("-"))
    assert either.to_series().is_unique().all()
    assert listed.select(pl.all().str.contains("^[A-Z]+$").all()).row(0) == (True, True)
    # What is listed is of use: the long forms are names that children bear.
    assert listed["prenom"].is_in(common_first_names().implode()).mean() > 0.6
