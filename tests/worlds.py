"""Small invented worlds for linkage tests: rows of `tables/traits` with the person behind each."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.vocabulary import CONTRATS, PERSON_EXTRACTS

SURNAMES = [
    "MARTIN", "BERNARD", "DUBOIS", "ROBERT", "RICHARD", "PETIT", "DURAND", "LEROY", "MOREAU",
    "SIMON", "LAURENT", "LEFEBVRE", "MICHEL", "GARCIA", "DAVID", "BERTRAND", "ROUX", "VINCENT",
    "FOURNIER", "MOREL", "GIRARD", "ANDRE", "MERCIER", "DUPONT", "LAMBERT", "BONNET", "FRANCOIS",
    "MARTINEZ", "LEGRAND", "GARNIER", "FAURE", "ROUSSEAU", "BLANC", "GUERIN", "MULLER", "HENRY",
    "ROUSSEL", "NICOLAS", "PERRIN", "MORIN", "MATHIEU", "CLEMENT", "GAUTHIER", "DUMONT", "LOPEZ",
    "FONTAINE", "CHEVALIER", "ROBIN", "MASSON", "SANCHEZ", "GERARD", "NGUYEN", "BOYER", "DENIS",
    "QUEMENER", "LE GOFF", "DE LA CRUZ", "BEN SALAH", "EL AMRANI", "TRAORE", "DIALLO", "DA SILVA",
]  # fmt: skip
FIRST_NAMES = [
    "LUCAS", "LEA", "THOMAS", "EMMA", "HUGO", "MANON", "THEO", "LEO", "CHLOE", "CAMILLE", "ENZO",
    "INES", "MATHIS", "SARAH", "NATHAN", "CLARA", "MAXIME", "OCEANE", "ANTOINE", "MARIE", "ALEXIS",
    "LAURA", "CLEMENT", "JULIE", "JEAN BAPTISTE", "ANNE SOPHIE", "YANIS", "LINA", "MOHAMED",
    "FATIMA", "RAYAN", "NOLWENN", "GWENDAL", "KILLIAN", "SOLENE", "EWEN", "ADAMA", "AWA",
]  # fmt: skip

SOURCES = tuple(extrait for extrait in PERSON_EXTRACTS if extrait != CONTRATS)
"""Those that every campaign may have: contracts are seldom delivered."""


def small_world(
    people: int, seed: int, *, ine: float = 0.7, errors: float = 0.08, twins: float = 0.02
) -> tuple[pl.DataFrame, pl.DataFrame, list[int]]:
    """Draw people and two or three rows of each from different extracts.

    Returns: traits, parcours, and the person of each rid.
    """
    dice = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    truth: list[int] = []
    sister: dict[str, object] | None = None
    taken: set[object] = set()
    for person in range(people):
        born = date(2005, 1, 1) + timedelta(days=int(dice.integers(0, 1800)))
        me: dict[str, object] = {
            "ine": f"{person:09d}{'ABCDEFGHJK'[int(dice.integers(0, 10))]}A",
            "nom_naissance": _two(dice, SURNAMES) if dice.random() < 0.5 else _pick(dice, SURNAMES),
            "prenom1": _pick(dice, FIRST_NAMES),
            "prenom2": _pick(dice, FIRST_NAMES) if dice.random() < 0.6 else None,
            "sexe": _pick(dice, ["M", "F"]),
            "naissance_annee": born.year,
            "naissance_mois": born.month,
            "naissance_jour": born.day,
            "naissance_lieu": f"{int(dice.integers(1, 90)):02d}001",
            "telephones": [f"+336{int(dice.integers(0, 10**8)):08d}"],
            "courriels": [f"c{person}@exemple.fr"],
            "adresse": f"{_pick(dice, ['RUE', 'PLACE'])} {_pick(dice, SURNAMES)}",
            "commune": f"{int(dice.integers(1, 90)):02d}002",
        }
        if sister is not None and dice.random() < twins:
            shared = ("nom_naissance", "naissance_annee", "naissance_mois", "naissance_jour")
            shared += ("naissance_lieu", "telephones", "courriels", "adresse", "commune")
            me |= {key: sister[key] for key in shared}
            # Of three born together, the third bears no name of the first either.
            others = [p for p in FIRST_NAMES if p not in taken]
            me |= {"prenom1": _pick(dice, others), "prenom2": None}
        else:
            taken = set()
        taken |= {me["prenom1"], me["prenom2"]}
        sister = me
        sources = dice.permutation(len(SOURCES))[: int(dice.integers(2, 4))]
        for source in sorted(sources):
            rows.append(_copy(dice, me, SOURCES[source], ine, errors))
            truth.append(person)
    for rid, row in enumerate(rows):
        row |= {"rid": rid, "fichier": f"{row['extrait']}.csv", "ligne": rid + 1}
    traits = pl.DataFrame(rows, schema=declaration("tables/traits").polars_schema)
    return traits, pl.DataFrame(schema=declaration("tables/parcours").polars_schema), truth


def _copy(
    dice: np.random.Generator, me: dict[str, object], extrait: str, ine: float, errors: float
) -> dict[str, object]:
    row: dict[str, object] = {
        **me,
        "extrait": extrait,
        "nom_usage": None,
        "prenom3": None,
        "uai": None,
    }
    if extrait == "missions_locales":
        row |= {"ine": None, "naissance_lieu": None}
    elif dice.random() > ine:
        row["ine"] = None
    if extrait in ("diplomes", "diplomes_agricoles"):
        row |= {"telephones": [], "courriels": [], "adresse": None, "commune": None}
    if dice.random() < errors:
        row["nom_naissance"] = _typo(dice, str(row["nom_naissance"]))
    if dice.random() < errors:
        row["prenom1"] = _typo(dice, str(row["prenom1"]))
    if dice.random() < errors:
        row["naissance_jour"] = int(dice.integers(1, 29))
    if dice.random() < 3 * errors:
        row |= {"telephones": [], "courriels": []}
    return row


def _pick(dice: np.random.Generator, values: list[str]) -> str:
    return values[int(dice.integers(0, len(values)))]


def _two(dice: np.random.Generator, values: list[str]) -> str:
    return f"{_pick(dice, values)} {_pick(dice, values)}"


def _typo(dice: np.random.Generator, word: str) -> str:
    place = int(dice.integers(1, len(word)))
    letter = _pick(dice, list("AEIORSTLN"))
    return (word[:place] + letter + word[place + 1 :]).strip()
