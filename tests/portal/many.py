"""A released list of many fictive young people, for the pages that one works in."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from siei_match.output import open_staging, place_staging
from siei_match.output.audit import Actor
from siei_match.reference.contracts import conform, declaration
from siei_match.release import release, situate
from siei_match.stages.publish import publish_campaign as write_campaign
from tests.publication import PSADS, execution, frame, resultats
from tests.releases import ACTEUR, MOTIF, REGLAGES

CODE, PSAD = "2027-03", PSADS[1]
NAMES = ("Kervadec", "Le Bihan", "N’Guyen", "Garçon", "Quémener", "Œuvrard")
FIRST = ("Éloïse", "Maël", "Zoé, Anne", "Théo", "Inès", "Gaël")
TOWNS = ("Brest", "Plouzané", "Guipavas", None)
COURSES = (
    "CAP CUISINE",
    "BAC PRO MAINTENANCE DES VEHICULES, option A : voitures particulières",
    None,
)


def signalement(n: int) -> str:
    return f"s{n:031x}"


def young(n: int) -> dict[str, object]:
    """Return the row of one of them; what varies does so by its number."""
    minor, age = n % 3 == 0, 16 + n % 10
    age = 17 if minor else max(age, 18)
    return {
        "id_signalement": signalement(n), "campagne": CODE, "psad": PSAD, "age": age,
        "nom_naissance": f"{NAMES[n % 6].upper()}", "prenoms": FIRST[n // 6 % 6], "sexe": "FM"[n % 2],
        "date_naissance": f"{2027 - age - 1}-05-{n % 28 + 1:02}", "adresse": f"{n} rue des Fictions",
        "code_postal": "29200", "commune": TOWNS[n % 4],
        "telephones": None if n % 7 == 6 else f"06 39 98 {n // 100:02} {n % 100:02}",
        "courriel": f"fictif{n}@exemple.invalid" if n % 5 == 0 else None,
        "responsable_nom": "FICTIVE Monique" if n % 2 else None,
        "responsable_telephone": f"07 99 00 {n // 100:02} {n % 100:02}" if n % 2 else None,
        "dernier_uai": "0290009C", "dernier_etablissement": "Lycée fictif", "derniere_formation": COURSES[n % 3],
        "date_sortie": date(2026, 9, 1) + timedelta(days=n % 150),
        "suivi_mission_locale": "oui" if n % 9 == 0 else "non",
        "mission_locale": "Mission locale fictive" if n % 9 == 0 else None,
        "public": "obligation_formation" if minor else "droit_retour",
        "situation": "a_verifier" if n % 11 == 0 else "confirme",
        "premier_signalement": CODE if n % 4 else "2026-10", "nombre_signalements": 1 if n % 4 else 2,
    }  # fmt: skip


REACHED = 16
"""Whose contacts stand beside the list too: what the list shows, and the second guardian's."""


def reach(row: dict[str, object]) -> list[dict[str, object]]:
    if row["id_signalement"] != signalement(REACHED):
        return []
    own = {"id_signalement": row["id_signalement"], "psad": PSAD}
    return [
        own | {"de_qui": "jeune", "nature": "telephone", "valeur": row["telephones"], "source": "scolarite",
               "depuis": date(2025, 9, 1)},
        own | {"de_qui": "jeune", "nature": "telephone", "valeur": "06 39 98 77 77", "source": "missions_locales",
               "depuis": date(2026, 6, 3)},
        own | {"de_qui": "second_responsable", "nom": "FICTIF Luc", "nature": "courriel",
               "valeur": "luc@exemple.invalid", "source": "contrats", "depuis": None},
    ]  # fmt: skip


def moved(n: int, cause: str, other: str | None = None) -> dict[str, object]:
    return {
        "id_signalement": signalement(n), "id_personne": f"p{n:031x}", "campagne_avant": "2026-10",
        "mouvement": "changement" if other else "sortie", "psad_avant": PSAD, "psad": other,
        "cause": cause,
    }  # fmt: skip


def release_many(sortie: Path, n: int) -> Path:
    """Release a campaign in which one platform has `n` young people, and two left its list since.

    The campaign before named those two: the list of `2026-10` is theirs.
    """
    gone = [
        young(n + i) | {"campagne": "2026-10", "premier_signalement": "2026-10"} for i in (1, 2)
    ]
    publish_rows(sortie, "2026-10", gone, [])
    rows = [young(i) for i in range(1, n + 1)]
    causes = [moved(n + 1, "inscription"), moved(n + 2, "retour", PSADS[0])]
    publish_rows(sortie, CODE, rows, causes)
    return sortie


def publish_rows(
    sortie: Path, code: str, rows: list[dict], moves: list[dict], *, actor: Actor = ACTEUR
) -> None:
    """Run and release a campaign whose lists are these rows; `actor` releases it, and says when."""
    made = resultats(code)
    columns = declaration("tables/signalements").columns
    listes = frame("liste", rows).sort("nom_naissance", "prenoms", "id_signalement")
    listed = listes.with_columns(
        id_personne=pl.concat_str(pl.lit("p"), pl.col("id_signalement").str.slice(1))
    ).select(columns)
    made = replace(
        made, listes=listes, signalements=conform(listed, "tables/signalements"),
        mouvements=frame("mouvements", moves),
        contacts=frame("coordonnees_liste", [one for row in rows for one in reach(row)]),
    )  # fmt: skip
    with open_staging(sortie, code) as staging:
        write_campaign(staging, execution(code), made)
        place_staging(staging)
    held = [gate.nom for gate in situate(sortie, code, REGLAGES).gates if gate.held]
    release(sortie, code, REGLAGES, actor=actor, despite=dict.fromkeys(held, MOTIF))
