"""A small fictive campaign, made by hand from frames, for the tests of what is published."""

from datetime import date
from pathlib import Path

import polars as pl

from siei_match.output import open_staging, place_staging
from siei_match.output.manifest import (
    BlockingPassRecord,
    Execution,
    Manifest,
    ManifestCampaign,
    ReceivedFile,
)
from siei_match.reference.contracts import conform, declaration
from siei_match.stages.publish import CampaignTables, publish_campaign

PERSONNELS = (
    "QUEMENER",
    "LE GUELVOUIT",
    "Maëlys-Océane",
    "Yéléna",
    "maelys.fictive@exemple.invalid",
    "06 39 98 01 23",
    "0639980123",
    "05 36 49 00 12",
    "12 bis impasse des Fictions",
    "0494004062M",
    "123456789AB",
    "2008-05-15",
    "15/05/2008",
    "MONIQUE FICTIVE",
)
"""Values that must stay in the lists: none may stand in any byte of what analysts read."""

IDS = [f"{n:032x}" for n in (0xA1, 0xB2, 0xC3, 0xD4)]
PSADS = ["PSAD-001-01", "PSAD-029-01", "PSAD-075-01"]


def frame(table: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Make a declared table from rows; what a row does not give is absent."""
    schema = declaration(f"tables/{table}").polars_schema
    filled = [{name: row.get(name) for name in schema} for row in rows]
    return conform(pl.DataFrame(filled, schema=schema), f"tables/{table}")


def lien(**given: object) -> dict[str, object]:
    """Make a row of `liens`, every trait absent but those given."""
    row: dict[str, object] = {}
    for field in declaration("tables/liens").fields:
        name = str(field["name"])
        row[name] = "absent" if name.startswith("niveau_") else 0.0
    return row | {"revue": None} | given


def resultats(code: str = "2026-10") -> CampaignTables:
    """Return four people in scope, two of them listed: one in the Finistère, one nowhere."""
    signalements = frame(
        "signalements",
        [
            {
                "id_signalement": f"s{identifiant}",
                "id_personne": identifiant,
                "campagne": code,
                "psad": psad,
            }
            for identifiant, psad in ((IDS[0], PSADS[1]), (IDS[1], "non_affecte"))
        ],
    )
    return CampaignTables(
        identites=_identites(),
        liens=_liens(),
        decisions=_decisions(),
        devenirs=_devenirs(code),
        signalements=signalements,
        mouvements=frame("mouvements", []),
        rejets=_rejets(),
        redirections=frame(
            "redirections",
            [{"campagne": code, "id_ancien": f"p{0xE5:031x}", "id_personne": f"p{0xA1:031x}"}],
        ),
        listes=_listes(code),
        psad=_psad(),
        psad_communes=frame(
            "psad_communes",
            [
                {"code_commune": "01004", "psad": PSADS[0]},
                {"code_commune": "29019", "psad": PSADS[1]},
                {"code_commune": "75056", "psad": PSADS[2]},
            ],
        ),
    )


def _identites() -> pl.DataFrame:
    lignes = [
        (IDS[0], "scolarite", 1, "vraisemblance"),
        (IDS[0], "missions_locales", 1, "vraisemblance"),
        (IDS[1], "scolarite", 2, "seul"),
        (IDS[2], "scolarite", 3, "ine"),
        (IDS[2], "diplomes", 1, "ine"),
        (IDS[3], "agricole", 1, "seul"),
    ]
    return frame(
        "identites",
        [
            {
                "id_personne": identifiant,
                "extrait": extrait,
                "fichier": f"{extrait}.csv",
                "ligne": ligne,
                "methode": methode,
            }
            for identifiant, extrait, ligne, methode in lignes
        ],
    )


def _liens() -> pl.DataFrame:
    commun = {
        "extrait_a": "scolarite",
        "fichier_a": "scolarite.csv",
        "extrait_b": "missions_locales",
        "fichier_b": "missions_locales.csv",
        "ligne_b": 1,
    }
    return frame(
        "liens",
        [
            lien(
                **commun, ligne_a=1, probabilite=0.998, poids=24.5, issue="lie", niveau_nom="egal"
            ),
            lien(**commun, ligne_a=2, probabilite=0.41, poids=12.0, issue="a_verifier"),
        ],
    )


def _decisions() -> pl.DataFrame:
    lignes = [
        (IDS[0], "sortant", "confirme", 18, PSADS[1], True),
        (IDS[1], "sortant", "a_verifier", 16, "non_affecte", False),
        (IDS[2], "diplome", "niveau_3", 19, PSADS[0], False),
        (IDS[3], "en_formation", "agricole", 17, PSADS[0], False),
    ]
    return frame(
        "decisions",
        [
            {
                "id_personne": identifiant,
                "statut": statut,
                "motif": motif,
                "age": age,
                "psad": psad,
                "suivi_mission_locale": suivi,
                "date_derniere_sortie": date(2026, 2, 1),
                "derniere_formation": "CAP CUISINE",
                "dernier_uai": "0750652B",
            }
            for identifiant, statut, motif, age, psad, suivi in lignes
        ],
    )


def _devenirs(code: str) -> pl.DataFrame:
    """The list of 2026-03 as campaigns after it see it: 9 people, of whom 2 are back at school."""
    issues = ["de_retour_scolarite"] * 2 + ["toujours_sans_solution"] * 7
    return frame(
        "devenirs",
        [
            {"id_personne": f"p{n:031x}", "campagne_liste": "2026-03", "psad": PSADS[n % 3],
             "academie": None, "age": 17, "sexe": "F", "niveau": "niveau_3", "devenir": issue}
            for n, issue in enumerate(issues if code > "2026-03" else [])
        ],
    )  # fmt: skip


def _rejets() -> pl.DataFrame:
    return frame(
        "rejets",
        [
            {
                "extrait": "scolarite",
                "fichier": "scolarite.csv",
                "ligne": 4,
                "gravite": "rejet",
                "regle": "prenom_present",
                "colonne": "PRENOM",
            },
            {
                "extrait": "scolarite",
                "fichier": "scolarite.csv",
                "ligne": 2,
                "gravite": "avertissement",
                "regle": "ine_lisible",
                "colonne": "INE",
            },
        ],
    )


def _listes(code: str) -> pl.DataFrame:
    commun = {"campagne": code, "premier_signalement": code, "nombre_signalements": 1}
    return frame(
        "liste",
        [
            commun
            | {
                "id_signalement": f"s{IDS[0]}",
                "psad": PSADS[1],
                "ine": "0494004062M",
                "nom_naissance": "QUEMENER",
                "prenoms": "Maëlys-Océane, Yéléna",
                "sexe": "F",
                "date_naissance": "2008-05-15",
                "age": 18,
                "adresse": '12 bis impasse des Fictions; bât. "B"',
                "code_postal": "01500",
                "commune": "Brest",
                "telephones": "06 39 98 01 23, +32 470 00 00 00",
                "courriel": "maelys.fictive@exemple.invalid",
                "responsable_nom": "MONIQUE FICTIVE",
                "responsable_telephone": "05 36 49 00 12",
                "dernier_uai": "0750652B",
                "derniere_formation": "CAP CUISINE",
                "date_sortie": date(2026, 2, 1),
                "suivi_mission_locale": "oui",
                "mission_locale": "ML FICTIVE",
                "public": "droit_retour",
                "situation": "confirme",
            },
            commun
            | {
                "id_signalement": f"s{IDS[1]}",
                "psad": "non_affecte",
                "ine": "123456789AB",
                "nom_naissance": "LE GUELVOUIT",
                "prenoms": '=HYPERLINK("x")',
                "date_naissance": "2010-05",
                "age": 16,
                "suivi_mission_locale": "non",
                "public": "obligation_formation",
                "situation": "a_verifier",
            },
        ],
    )


def _psad() -> pl.DataFrame:
    return frame(
        "psad",
        [
            {"code": code, "nom": f"Zone {code}", "departement": code[6:8], "synthetique": "oui"}
            for code in PSADS
        ],
    )


def execution(code: str = "2026-10") -> Execution:
    """Return what the story says of the run that made `resultats`."""
    lues = {"scolarite": 4, "diplomes": 1, "agricole": 1, "missions_locales": 1}
    rejetees = {"scolarite": 1}
    return Execution(
        campagne=ManifestCampaign(
            code=code,
            date_observation=date(int(code[:4]), int(code[5:]), 15),
            annee_scolaire="2026-2027",
            definition="legale",
        ),
        entrees=tuple(
            ReceivedFile(
                extrait=extrait,
                nom=f"{extrait}.csv",
                sha256="0" * 64,
                lignes=lignes,
                valides=lignes - rejetees.get(extrait, 0),
                rejetees=rejetees.get(extrait, 0),
            )
            for extrait, lignes in lues.items()
        ),
        reglages={"taux_rejet_max": 0.02, "delai_entree": 0},
        cle="k1",
        etapes={"paires_comparees": 12},
        passes=(
            BlockingPassRecord(
                nom="date_et_noms",
                fiches=7,
                blocs=2,
                paires=3,
                plus_grand_bloc=3,
                paires_laissees=0,
            ),
            BlockingPassRecord(
                nom="telephone", fiches=5, blocs=1, paires=10, plus_grand_bloc=5, paires_laissees=2
            ),
        ),
        avertissements=("Aucun fichier retours : les réponses des plateformes manquent.",),
    )


def manifest(code: str = "2026-10", **told: object) -> str:
    """Return the manifest of a run as small as can be, which tells `told`."""
    least = execution(code).model_dump() | {"fichiers": ()} | told
    return Manifest.model_validate(least).text()


def publish(sortie: Path, code: str = "2026-10") -> Manifest:
    """Publish the small campaign under `sortie`."""
    with open_staging(sortie, code) as staging:
        manifeste = publish_campaign(staging, execution(code), resultats(code))
        place_staging(staging)
    return manifeste


def snapshot(root: Path) -> dict[str, bytes]:
    """Return the bytes of every file under `root`, hidden ones included."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
