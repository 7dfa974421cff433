"""Draw the files of three tasks with pseudopeople, in a Python of its own: `draw_pseudopeople.py FOLDER SEED`.

Fictive people of the United States and what census, tax office and social security write of them, errors
included (Institute for Health Metrics and Evaluation; the sample that the package ships). Each file keeps `simulant_id`,
which is the truth; no identifier that files share otherwise is kept.
"""

import sys
from pathlib import Path

import pandas as pd
import pseudopeople as drawn

HIDDEN = ["household_id", "employer_id", "ssn"]


def write(folder: Path, name: str, table: pd.DataFrame) -> None:
    kept = table.drop(columns=HIDDEN, errors="ignore")
    kept.sample(frac=1, random_state=5).to_csv(folder / f"{name}.csv", index=False)


def main() -> None:
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, "census2020", drawn.generate_decennial_census(seed=seed, year=2020))
    write(folder, "census2030", drawn.generate_decennial_census(seed=seed + 1, year=2030))
    write(folder, "w2", drawn.generate_taxes_w2_and_1099(seed=seed + 2, year=2020))
    numbers = drawn.generate_social_security(seed=seed + 4, year=2020)
    write(folder, "ssa", numbers[numbers["event_type"] == "creation"])


if __name__ == "__main__":
    main()
