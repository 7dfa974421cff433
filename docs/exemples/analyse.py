"""The yearly figures from siei.duckdb, as text to copy: `python analyse.py out/siei.duckdb`.

It needs DuckDB alone. The base hides small counts of places, and what would give them back: they are
absent there, and shown as « caché ». Adding up the rows of people of the base hides nothing. Copy it and
change the queries: docs/analystes.md explains the tables.
"""

import sys

import duckdb

NATIONAL = """
PIVOT (SELECT indicateur, campagne, valeur FROM bilan_campagnes)
ON campagne USING sum(valeur) ORDER BY indicateur
"""
PLAN = "FROM plan_national"
ACADEMIES = """
PIVOT (
    SELECT lieu AS academie, indicateur, coalesce(valeur::VARCHAR, 'caché') AS valeur
    FROM indicateurs_territoires
    WHERE niveau = 'academie' AND campagne = (SELECT max(campagne) FROM campagnes)
)
ON indicateur IN ('sortants', 'nouveaux') USING any_value(valeur) ORDER BY academie
"""


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
        queries = {
            "PAR CAMPAGNE": NATIONAL,
            "PLAN NATIONAL": PLAN,
            "PAR ACADÉMIE, DERNIÈRE CAMPAGNE": ACADEMIES,
        }
        for title, query in queries.items():
            found = base.sql(query)
            rows = [["–" if v is None else str(v) for v in row] for row in found.fetchall()]
            show(title, found.columns, rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
