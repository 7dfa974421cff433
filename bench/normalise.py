"""Time and memory of the normalisation of one million fictive rows of `scolarite`.

python bench/normalise.py [rows]
"""

import resource
import sys
import time
from datetime import date

import numpy as np
import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.reference.nomenclatures import communes, mefs
from siei_match.reference.nomenclatures.places import nomenclature_path
from siei_match.stages.normalise import normalise


def fictive(rows: int) -> pl.DataFrame:
    """Rows of realistic variety: names by rank, one address and one telephone a family."""
    dice = np.random.default_rng(1)

    def draw(values: pl.Series, weights: np.ndarray | None = None) -> pl.Series:
        return values.gather(dice.choice(len(values), rows, p=weights))

    names = pl.read_parquet(nomenclature_path("patronymes_rangs.parquet"))["nom"]
    zipf = 1 / (np.arange(len(names)) + 50.0)
    first = pl.read_parquet(nomenclature_path("prenoms_naissances_1995_2012.parquet"))
    births = first["effectif"].to_numpy() / first["effectif"].sum()
    towns = communes().drop_nulls("code_postal")
    town = dice.choice(towns.height, rows)
    family = pl.Series(dice.integers(0, rows // 2, rows))
    number = pl.format("0{}", (600_000_000 + family * 97 % 199_999_999).alias("n"))
    street = pl.format(
        "{} R. de l'Église, Apt {}", (family % 300).alias("a"), (family % 9).alias("b")
    )
    absent = pl.repeat(None, rows, dtype=pl.String, eager=True)
    return pl.DataFrame(
        {
            "ligne": pl.int_range(1, rows + 1, dtype=pl.UInt32, eager=True),
            "ANNEE_SCOLAIRE": pl.repeat("2025-2026", rows, eager=True),
            "INE": pl.Series(dice.integers(10**8, 10**9, rows)).cast(pl.String) + "AB",
            "NOM_DE_FAMILLE": draw(names, zipf / zipf.sum()),
            "NOM_USAGE": absent,
            "PRENOM": draw(first["prenom"], births),
            "PRENOM2": draw(first["prenom"], births),
            "PRENOM3": absent,
            "CODE_SEXE": pl.Series(dice.integers(1, 3, rows)).cast(pl.String),
            "CODE_PAYS_NAISS": pl.repeat("100", rows, eager=True),
            "CODE_COMMUNE_INSEE_NAISS": draw(towns["code"]),
            "VILLE_NAISS": absent,
            "UAI": pl.repeat("0750652B", rows, eager=True),
            "CODE_MEF": draw(mefs()["mef"]) + "0",
            "CODE_STATUT": pl.repeat("ST", rows, eager=True),
            "DATE_ENTREE": pl.repeat(date(2025, 9, 1), rows, eager=True),
            "DATE_SORTIE": pl.repeat(None, rows, dtype=pl.Date, eager=True),
            "CODE_MOTIF_SORTIE": absent,
            "LIGNE1_ADRESSE": pl.select(street).to_series(),
            "LIGNE2_ADRESSE": absent,
            "CODE_POSTAL": towns["code_postal"].gather(town),
            "CODE_COMMUNE_INSEE": towns["code"].gather(town),
            "CODE_PAYS": pl.repeat("100", rows, eager=True),
            "TEL_PERSONNEL": absent,
            "TEL_PORTABLE": pl.select(number).to_series(),
            "MEL": pl.select(pl.format("Famille{}@Exemple.fr", family)).to_series(),
            "RESP1_NOM": draw(names, zipf / zipf.sum()),
            "RESP1_PRENOM": draw(first["prenom"], births),
            "RESP1_TEL": pl.select(number).to_series(),
            "RESP1_MEL": absent,
            "naissance_annee": pl.Series(dice.integers(2000, 2012, rows), dtype=pl.Int16),
            "naissance_mois": pl.Series(dice.integers(1, 13, rows), dtype=pl.Int8),
            "naissance_jour": pl.Series(dice.integers(1, 29, rows), dtype=pl.Int8),
        }
    )


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    file = Fichier(
        extrait="scolarite",
        nom="scolarite.csv",
        annee_scolaire="2025-2026",
        date_extraction=date(2026, 10, 10),
    )
    frame = fictive(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    made = normalise(frame, file, 0)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{rows} rows: {seconds:.1f} s, {rows / seconds:,.0f} rows/s, "
        f"peak {peak / 2**20:.2f} GiB, of which {(peak - before) / 2**20:.2f} above the input; "
        f"{made.traits.height} traits"
    )


if __name__ == "__main__":
    main()
