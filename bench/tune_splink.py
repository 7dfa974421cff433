"""Find the threshold that gives Splink its best F1 on a world of the same kind and size.

python bench/tune_splink.py FOLDER [bits ...]

FOLDER is a world of bench/worlds.py that no table of docs/performance.md uses.
"""

import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from run_splink import open_linker, train, write_people
from scoring import score_answer

LEAST_BITS = 0.0


def main() -> None:
    dossier = Path(sys.argv[1])
    thresholds = [float(bits) for bits in sys.argv[2:]] or [float(b) for b in range(0, 31, 3)]
    start = time.perf_counter()
    connection, linker = open_linker(dossier)
    train(linker)
    trained = time.perf_counter() - start
    predictions = linker.inference.predict(threshold_match_weight=LEAST_BITS)
    pairs = connection.execute(f"SELECT count(*) FROM {predictions.physical_name}").fetchall()[0][0]
    print(f"trained {trained:.1f} s, predicted {time.perf_counter() - start:.1f} s, {pairs} pairs")
    for bits in thresholds:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predictions, threshold_match_weight=bits
        )
        with tempfile.TemporaryDirectory() as place:
            reponse = Path(place) / "reponse.parquet"
            write_people(connection, clusters, reponse)
            rated = score_answer(pl.read_parquet(dossier / "verite.parquet"), reponse)
        sans = rated["sans INE commun"]
        print(
            f"{bits:6.1f} bits: F1 {rated['toutes']['f1']:.5f}, without a common INE "
            f"F1 {sans['f1']:.5f} P {sans['precision']:.5f} R {sans['rappel']:.5f}"
        )


if __name__ == "__main__":
    main()
