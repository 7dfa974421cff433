"""Read all that a campaign publishes of places, and look for what it hides: linear programming over all of it.

`python -m bench.subtraction OUT CAMPAGNE [--effectifs 60]`.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import duckdb

from siei_match.output import PreparedCampaign
from siei_match.output.databases.breakdowns import ELSEWHERE, SEEN_BY, read_listed
from siei_match.reference.disclosure import SMALL_COUNT
from tests.attacker import Cell, Publication, bound
from tests.unit.test_report import Page

PARTITIONS: Final = {
    "personnes_champ": [["hors_champ", "en_formation", "diplomes", "retours", "sortants"]],
    "sortants": [["confirmes", "a_verifier"], ["obligation_formation", "droit_retour"],
                 ["nouveaux", "deja_signales"], ["suivis_mission_locale", "non_suivis"]],
}  # fmt: skip
COLUMNS: Final = ("nouveaux", "a_verifier", "obligation_formation", "suivis_mission_locale")
"""Of the report's table of académies, the last ones."""


def play(out: Path, code: str, chosen: int) -> tuple[bool, str]:
    """Return whether nothing is found of `chosen` hidden counts, and what was."""
    published = read_publication(out, code)
    country = {cell[0]: n for cell, n in published.told.items() if cell[1] == "pays"}
    broken = read_breakdowns(published, out, code)
    hidden: list[Cell] = [
        c for c, n in published.told.items() if n is None and (c[0] in country or c[0] in broken)
    ]
    # Of a country of fewer all is hidden: there nothing else can be.
    kept = [c for c in hidden if broken.get(c[0], country.get(c[0]) or 0) >= SMALL_COUNT]
    dice = Random(1)
    sorts = [[c for c in kept if (c[0] in broken) is broke] for broke in (False, True)]
    found = bound(published, [c for one in sorts for c in dice.sample(one, min(chosen, len(one)))])
    narrow = [c for c, (low, high) in found.items() if high - low < SMALL_COUNT - 1e-6]
    shown = [c for c, n in published.told.items() if n and n < SMALL_COUNT and c[1] != "pays"]
    seen = f"{len(hidden)} of {len(published.told)} counts hidden; of {len(found)}, found {len(narrow)}"
    return not narrow and not shown and bool(found), f"{seen}; small ones told: {len(shown)}"


def read_publication(out: Path, code: str) -> Publication:
    """Read siei.duckdb's tables of counts and the report's, and what everybody knows of places."""
    published = Publication()
    with duckdb.connect(out / "siei.duckdb", read_only=True) as base:
        rows = base.execute(
            "SELECT indicateur, 'psad', psad, valeur FROM indicateurs WHERE campagne = ? UNION ALL "
            "SELECT indicateur, niveau, lieu, valeur FROM indicateurs_territoires WHERE campagne = ?",
            [code, code],
        ).fetchall()
        zones = base.execute("SELECT code, departement, academie FROM psad").fetchall()
    published.add({(i, level, place): n for i, level, place, n in rows})
    published.add(dict(read_report(out / "campagnes" / code / "rapport.html", zones)))
    places = dict.fromkeys(cell[1:] for cell in published.told)
    published.add({("non_suivis", *place): None for place in places})
    know_sums(published, zones)
    return published


def read_breakdowns(published: Publication, out: Path, code: str) -> dict[str, int]:
    """Read `ventilations`, less what rows of people show; return of each cell's dimension how many are left.

    What a row shows is taken from the campaign's own files: who knows every training's field and level sees no more.
    """
    campaign = PreparedCampaign(code, out / "campagnes" / code)
    fewest = int(campaign.manifest().reglages.get("grossierete", 10))
    with duckdb.connect(out / "siei.duckdb", read_only=True) as base:
        rows = base.execute(
            "SELECT dimension, valeur, niveau, lieu, sortants FROM ventilations WHERE campagne = ?",
            [code],
        ).fetchall()
        academies = dict(base.execute("SELECT code, academie FROM psad").fetchall())
    there = {row[:4] for row in rows}
    shown: Counter[tuple[str, ...]] = Counter()
    people = read_listed(campaign, fewest)
    for name, column in SEEN_BY.items():
        if column is None:
            continue
        for value, psad in people.filter(column).select(name, "psad").iter_rows():
            for place in (
                ("pays", "pays"),
                ("academie", academies.get(psad) or "?"),
                ("psad", psad),
            ):
                cell = (name, value, *place)
                shown[cell if cell in there else (name, ELSEWHERE, *place)] += 1
                shown[(name, *place)] += 1
    of: dict[Cell, list[Cell]] = {}
    for name, value, level, place, n in rows:
        cell = (f"{name}={value}", level, place)
        published.add({cell: None if n is None else n - shown[name, value, level, place]})
        of.setdefault((name, level, place), []).append(cell)
    for (name, level, place), parts in of.items():
        known = (f"{name} shown", level, place)
        published.add({known: shown[name, level, place]})
        published.know(
            [
                (
                    ("sortants", level, place),
                    [*parts, *([known] if shown[name, level, place] else [])],
                )
            ]
        )
    return {
        f"{name}={value}": people.height - shown[name, "pays", "pays"] for name, value, *_ in rows
    }


def read_report(path: Path, zones: list[tuple[str, ...]]) -> Iterator[tuple[Cell, int | None]]:
    """Give the counts of the report's tables of platforms and of académies."""
    platforms, academies = {z[0] for z in zones}, {z[2] for z in zones}
    for row in Page(path.read_text("utf-8")).rows:
        if row[0] in platforms and len(row) >= 6:
            yield ("sortants", "psad", row[0]), _number(row[3])
        if row[0] in academies and len(row) == 2:
            yield ("bac_general_suivis", "academie", row[0]), _number(row[1])
        if row[0] in academies and len(row) >= 7 and "%" not in "".join(row):
            yield ("sortants", "academie", row[0]), _number(row[2])
            for name, told in zip(COLUMNS, row[-4:], strict=True):
                yield (name, "academie", row[0]), _number(told)


def _number(text: str) -> int | None:
    digits = "".join(c for c in text if c.isdigit())
    return int(digits) if digits else None


def know_sums(published: Publication, zones: list[tuple[str, ...]]) -> None:
    """Tell the attacker which places are parts of which, and which indicators are."""
    places = dict.fromkeys(cell[1:] for cell in published.told)
    platforms = [place for level, place in places if level == "psad"]
    within = {("pays", "pays"): platforms}
    for code, department, academy in zones:
        within.setdefault(("departement", department or "?"), []).append(code)
        within.setdefault(("academie", academy or "?"), []).append(code)
    names = dict.fromkeys(cell[0] for cell in published.told)
    for name in names:
        for place, of in within.items():
            if (name, *place) in published.told:
                published.know([((name, *place), [(name, "psad", code) for code in of])])
    for place in places:
        for whole, partitions in PARTITIONS.items():
            for parts in partitions:
                published.know([((whole, *place), [(part, *place) for part in parts])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sortie", type=Path)
    parser.add_argument("campagne")
    parser.add_argument(
        "--effectifs", type=int, default=60, help="hidden counts looked for, of each kind"
    )
    chosen = parser.parse_args()
    held, found = play(chosen.sortie, chosen.campagne, chosen.effectifs)
    print(f"{'held' if held else 'BROKEN'}: {found}")


if __name__ == "__main__":
    main()
