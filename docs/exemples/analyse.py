"""The yearly figures from siei.duckdb, as text to copy: `python analyse.py out/siei.duckdb`.

It needs DuckDB alone. Counts of people of a place under 5 are shown as `<5`; what would give them
back by subtraction, too. Copy it and change the queries: docs/analystes.md explains the tables.
"""

import sys

import duckdb

MINIMUM = 5

NATIONAL = """
PIVOT (SELECT indicateur, campagne, valeur FROM bilan_campagnes)
ON campagne USING sum(valeur) ORDER BY indicateur
"""
PLAN = "FROM plan_national"
ACADEMIES = """
SELECT
    coalesce(academie, 'Sans académie') AS academie,
    sum(sortants)::BIGINT AS sortants,
    sum(nouveaux)::BIGINT AS nouveaux
FROM bilan_psad
WHERE campagne = (SELECT max(campagne) FROM campagnes)
GROUP BY ALL
ORDER BY academie
"""


def hide(counts: list[int]) -> list[str]:
    """Say the counts of a column whose sum is known, without those that could name somebody."""
    small = {n for n, count in enumerate(counts) if 0 < count < MINIMUM}
    others = sorted((count, n) for n, count in enumerate(counts) if count >= MINIMUM)
    if len(small) == 1 and others:  # else it is the sum less the others
        small.add(others[0][1])
    return [
        str(count) if n not in small else "<5" if count < MINIMUM else "caché"
        for n, count in enumerate(counts)
    ]


def show(title: str, heads: list[str], rows: list[list[str]]) -> None:
    """Print a table, numbers to the right."""
    widths = [max(len(row[n]) for row in [heads, *rows]) for n in range(len(heads))]
    print(f"\n{title}")
    for row in [heads, *rows]:
        first, *rest = (cell.ljust(w) if n == 0 else cell.rjust(w)
                        for n, (cell, w) in enumerate(zip(row, widths, strict=True)))  # fmt: skip
        print("  ".join([first, *rest]).rstrip())


def main(path: str) -> None:
    # Read only: any number of readers may, also while a run publishes a new file.
    with duckdb.connect(path, read_only=True) as base:
        for title, query in (("PAR CAMPAGNE", NATIONAL), ("PLAN NATIONAL", PLAN)):
            found = base.sql(query)
            rows = [["–" if v is None else str(v) for v in row] for row in found.fetchall()]
            show(title, found.columns, rows)
        academies, *counts = zip(*base.sql(ACADEMIES).fetchall(), strict=True)
        told = [hide(list(column)) for column in counts]
        rows = [list(row) for row in zip(academies, *told, strict=True)]
        rows.append(["Ensemble", *(str(sum(column)) for column in counts)])
        show("PAR ACADÉMIE, DERNIÈRE CAMPAGNE", ["académie", "sortants", "nouveaux"], rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
