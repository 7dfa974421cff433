"""Link the households of a fictive village, counted in spring and in autumn: no label, no number of a person.

    python docs/exemples/foyers.py [--graine 1] [--foyers 400]

Everything is drawn by this script; the truth is known, and told at the end. docs/declaration.md explains it.
"""

import argparse
from pathlib import Path
from random import Random

import polars as pl

from siei_match.stages.link import estimate_unmet, link, read_rows, read_spec, suggest_passes

DECLARED = Path(__file__).with_name("foyers.toml")
SURNAMES = (
    "MARTIN BERNARD THOMAS PETIT ROBERT RICHARD DURAND DUBOIS MOREAU LAURENT SIMON MICHEL LEFEBVRE LEROY ROUX "
    "DAVID BERTRAND MOREL FOURNIER GIRARD BONNET DUPONT LAMBERT FONTAINE ROUSSEAU VINCENT MULLER LEFEVRE FAURE "
    "ANDRE MERCIER BLANC GUERIN BOYER GARNIER CHEVALIER FRANCOIS LEGRAND GAUTHIER GARCIA QUEMENER KERVADEC"
).split()
FIRST_NAMES = (
    "ALEXANDRE ELISABETH CHRISTOPHE MARIE LUCAS EMMA HUGO LEA LOUIS CHLOE JULES MANON GABRIEL INES ARTHUR CAMILLE "
    "NATHAN SARAH TOM ZOE PAUL ALICE VICTOR JULIE SIMON CLARA THEO ANNA LEO ROSE ADAM JADE RAPHAEL LOUISE JEAN "
    "SOPHIE PIERRE NATHALIE MICHEL MONIQUE PHILIPPE SYLVIE NICOLAS VALERIE DAVID SANDRINE OLIVIER CELINE"
).split()
SHORT = {"ALEXANDRE": "ALEX", "ELISABETH": "BABETH", "CHRISTOPHE": "KIKI"}
STREETS = "DES LILAS|DU PUITS|DE LA GARE|VICTOR HUGO|DES ECOLES|DU MOULIN|DE VERDUN|PASTEUR".split(
    "|"
)
PLACES = (("VIRE", "14500"), ("CAEN", "14000"), ("FLERS", "61100"))
Person = dict[str, str]


def draw_households(dice: Random, households: int) -> list[Person]:
    """Draw the people of some homes: one or two adults, up to four children, now and then twins."""
    people: list[Person] = []
    for _ in range(households):
        town, postcode = dice.choice(PLACES)
        home = {
            "nom": dice.choice(SURNAMES),
            "numero": str(dice.randint(1, 80)),
            "rue": f"RUE {dice.choice(STREETS)}",
            "localite": town,
            "code_postal": postcode,
            "telephones": f"02{dice.randint(10**7, 10**8 - 1)}",
        }
        ages = [dice.randint(25, 60) for _ in range(dice.choice((1, 2, 2)))]
        ages += sorted(dice.randint(0, 20) for _ in range(dice.choice((0, 0, 1, 2, 3, 4))))
        if ages[-1] < 20 and dice.random() < 0.05:
            ages.append(ages[-1])
        names = dice.sample(FIRST_NAMES, len(ages))
        people += [home | {"prenom": n, "age": str(a)} for n, a in zip(names, ages, strict=True)]
    return people


def write_down(dice: Random, person: Person, later: bool) -> Person:
    """Write a person down as a clerk would: with a slip, a short name, a field left out or exchanged."""
    row = dict(person)
    if later and dice.random() < 0.45:
        row["age"] = str(int(row["age"]) + 1)
    if row["prenom"] in SHORT and dice.random() < 0.4:
        row["prenom"] = SHORT[row["prenom"]]
    for column in ("nom", "prenom", "rue"):
        if dice.random() < 0.06:
            place = dice.randrange(len(row[column]) - 1)
            row[column] = row[column][:place] + row[column][place + 1 :]
    if dice.random() < 0.02:
        row["nom"], row["prenom"] = row["prenom"], row["nom"]
    for column in ("age", "telephones", "numero", "code_postal"):
        if dice.random() < 0.08:
            row[column] = ""
    if dice.random() < 0.3:
        row["telephones"] += f";06{dice.randint(10**7, 10**8 - 1)}"
    return row


def draw_counts(seed: int, households: int) -> tuple[dict[str, pl.DataFrame], list[int]]:
    """Return both counts by source, and the person of each row, in their order."""
    dice = Random(seed)  # noqa: S311 -- fictive people
    people = draw_households(dice, households)
    files, truth = {}, []
    for source, later in (("printemps", False), ("automne", True)):
        seen = [k for k in range(len(people)) if dice.random() < 0.85]
        dice.shuffle(seen)
        files[source] = pl.DataFrame([write_down(dice, people[k], later) for k in seen])
        truth += seen
    return files, truth


def count_pairs(table: pl.DataFrame, *keys: str) -> int:
    sizes = table.group_by(keys).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def main(seed: int = 1, households: int = 400) -> dict[str, float]:
    spec = read_spec(DECLARED)
    files, truth = draw_counts(seed, households)
    rows = read_rows(files, spec)
    found = link(rows, spec=spec)
    table = found.groupes.with_columns(truth=pl.Series(truth))
    true, made = count_pairs(table, "truth"), count_pairs(table, "personne")
    right = count_pairs(table, "truth", "personne")
    print(f"{rows.height} rows, {true} people seen twice; {made} links, {right} of them right")
    print(f"{found.doutes.height} pairs of people left in doubt (between the two thresholds)")
    unmet = estimate_unmet(rows, spec)
    print(
        f"true pairs that no pass brings together: {unmet.expected:.0f}, at most {unmet.high:.0f} (sampled)"
    )
    print("passes that the data suggest:")
    for one in suggest_passes(rows, spec):
        print(f"  cle = {list(one.key)}: {one.pairs} pairs, {one.together:.1%} met so far")
    return {"precision": right / made, "recall": right / true, "unmet": unmet.expected}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graine", type=int, default=1)
    parser.add_argument("--foyers", type=int, default=400)
    given = parser.parse_args()
    main(given.graine, given.foyers)
