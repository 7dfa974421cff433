"""`siei simulate`: a fictive France, its deliveries and its truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from siei_match.reference.contracts import schemas_root
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.simulate import deliver, files, truth
from siei_match.simulate.deliver import Livree, WrittenDelivery
from siei_match.simulate.lives import RENTREE_N
from siei_match.simulate.rates import Taux
from siei_match.simulate.world import DIP_OBT_TITRE, Monde, draw_world

PERSONNES_MIN, PERSONNES_MAX = 100, 3_000_000


@dataclass(frozen=True)
class Simulation:
    """Where the campaigns and their truth are, and how much was made."""

    campagnes: dict[str, Path]
    verite: Path
    personnes: int
    lignes: int


def simulate(
    dossier: Path,
    personnes: int,
    graine: int,
    taux: Taux | None = None,
    campagnes: Sequence[str] = ("2026-10", "2027-03"),
    definition: str = "legale",
) -> Simulation:
    """Write one input folder per campaign under `dossier`, and `dossier/verite`.

    The same arguments give the same bytes. Campaigns are months of the school year 2026-2027;
    each extract is made on the 10th, observed on the 15th.

    Raises:
        SettingsError: too few or too many people, or a campaign outside the year simulated.
        OutputError: a campaign's folder already holds something.
    """
    taux = taux or Taux()
    _check(personnes, campagnes)
    livrees = [_plan(dossier, code) for code in campagnes]
    verite = dossier / "verite"
    for chemin in [c.dossier for c in livrees] + [verite]:
        if chemin.exists() and any(chemin.iterdir()):
            raise OutputError(
                f"{chemin.name}: the folder is not empty.", remedy="Remove it or choose another."
            )
        chemin.mkdir(parents=True, exist_ok=True)
    monde = draw_world(graine, personnes, taux, max(c.extraction for c in livrees))
    lignes = _deliver_all(graine, monde, livrees, taux, definition, verite)
    _write_people(monde, verite)
    return Simulation({c.code: c.dossier for c in livrees}, verite, personnes, lignes)


def _check(personnes: int, campagnes: Sequence[str]) -> None:
    if not PERSONNES_MIN <= personnes <= PERSONNES_MAX:
        raise SettingsError(
            f"{personnes} people: outside {PERSONNES_MIN} to {PERSONNES_MAX}.",
            remedy="Choose a number within these bounds.",
        )
    possibles = [f"{RENTREE_N}-{m:02d}" for m in range(10, 13)]
    possibles += [f"{RENTREE_N + 1}-{m:02d}" for m in range(1, 8)]
    inconnues = [c for c in campagnes if c not in possibles]
    if inconnues or not campagnes:
        raise SettingsError(
            f"Campaigns {inconnues}: the lives simulated cover {RENTREE_N}-{RENTREE_N + 1}.",
            remedy=f"Choose among {possibles[0]} to {possibles[-1]}.",
        )


def _plan(dossier: Path, code: str) -> Livree:
    annee, mois = map(int, code.split("-"))
    return Livree(code, dossier / code, date(annee, mois, 10), RENTREE_N)


def _deliver_all(
    graine: int,
    monde: Monde,
    campagnes: list[Livree],
    taux: Taux,
    definition: str,
    verite: Path,
) -> int:
    """Write every extract, then the truth of rows and of situations; return the rows written."""
    parts: list[dict[str, WrittenDelivery]] = []
    for extrait in ("scolarite", "agricole", "apprentissage"):
        parts.append(deliver.deliver_enrolments(graine, monde, extrait, campagnes, taux))
    for extrait in ("diplomes", "diplomes_agricoles"):
        parts.append(deliver.deliver_exams(graine, monde, extrait, campagnes, taux))
    parts.append(deliver.deliver_follow_ups(graine, monde, campagnes, taux))
    situations, lignes = [], []
    for campagne in campagnes:
        livraisons = [p[campagne.code] for p in parts]
        fichiers = [f for livraison in livraisons for f in livraison.fichiers]
        files.write_campagne(
            campagne.dossier,
            sorted(fichiers, key=lambda f: (_ORDRE.index(f.extrait), f.nom)),
            code=campagne.code,
            observation=campagne.extraction.replace(day=15).isoformat(),
            extraction=campagne.extraction.isoformat(),
            annee_scolaire=f"{campagne.annee}-{campagne.annee + 1}",
            definition=definition,
        )
        evenements = pl.concat([e for livraison in livraisons for e in livraison.evenements])
        situations.append(_judge(monde, evenements, campagne, definition))
        lignes += [v for livraison in livraisons for v in livraison.lignes]
    files.write_parquet(verite / "situations.parquet", pl.concat(situations))
    return files.write_parquet(verite / "lignes.parquet", pl.concat(lignes))


_ORDRE = (
    "scolarite", "diplomes", "agricole", "diplomes_agricoles", "apprentissage",
    "missions_locales",
)  # fmt: skip


def _judge(
    monde: Monde, evenements: pl.DataFrame, campagne: Livree, definition: str
) -> pl.DataFrame:
    """Return the true situation of each person in scope of a campaign."""
    jour = campagne.extraction.replace(day=15)
    inscriptions = evenements.filter(pl.col("annee").is_not_null())
    examens = monde.examens.filter("admis").select("personne", "titre")
    declares = inscriptions.filter(pl.col("extrait") == "apprentissage").select(
        "personne", titre=pl.col("dip_obt").replace_strict(DIP_OBT_TITRE, default=None)
    )
    decisions = truth.decide_truth(
        monde.personnes, inscriptions, pl.concat([examens, declares.drop_nulls()]), None,
        annee_n=campagne.annee, jour=jour, definition=definition,
    )  # fmt: skip
    residences = truth.find_residence(evenements.rename({"commune_vraie": "commune"}), jour)
    suivies = evenements.filter(
        (pl.col("extrait") == "missions_locales")
        & (pl.col("debut") <= jour)
        & (pl.col("fin").is_null() | (pl.col("fin") >= jour))
    ).select("personne", suivi_mission_locale=pl.lit(True)).unique()  # fmt: skip
    zones = pl.read_csv(
        schemas_root() / "nomenclatures" / "psad_communes.csv", separator=";", infer_schema=False
    ).rename({"code_commune": "commune"})
    return (
        decisions.join(residences, on="personne", how="left")
        .join(zones, on="commune", how="left")
        .join(suivies, on="personne", how="left")
        .with_columns(
            campagne=pl.lit(campagne.code),
            sortant=pl.col("statut") == "sortant",
            suivi_mission_locale=pl.col("suivi_mission_locale").fill_null(False),
        )
        .select(
            "campagne", "personne", "statut", "motif", "age", "sortant", "commune", "psad",
            "suivi_mission_locale",
        )
        .sort("personne")
    )  # fmt: skip


def _write_people(monde: Monde, verite: Path) -> None:
    gens = monde.personnes[monde.retenues].select(
        "personne", "foyer", "jumeau", "ine", "ine2", "nom", "nom_usage", "prenom", "prenom2",
        "prenom3", "sexe", "naissance", "lieu", "pays",
    )  # fmt: skip
    files.write_parquet(verite / "personnes.parquet", gens)
