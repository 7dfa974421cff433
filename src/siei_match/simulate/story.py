"""`siei simulate`: a fictive France, its deliveries and its truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from siei_match.reference.contracts import schemas_root
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.simulate import deliver, files, truth
from siei_match.simulate.lives import FIRST_DAY_N
from siei_match.simulate.one_file import DeliveredYear, Formats, WrittenDelivery
from siei_match.simulate.rates import SimulatedRates
from siei_match.simulate.world import DIP_OBT_TITLE, World, draw_world

LEAST_PEOPLE, MOST_PEOPLE = 100, 3_000_000


@dataclass(frozen=True)
class Simulation:
    """Where the campaigns and their truth are, and how much was made."""

    campagnes: dict[str, Path]
    truth: Path
    personnes: int
    lignes: int


def simulate(
    dossier: Path,
    personnes: int,
    seed: int,
    rates: SimulatedRates | None = None,
    campagnes: Sequence[str] = ("2026-10", "2027-03"),
    definition: str = "legale",
    *,
    contrats: bool = False,
    situations: bool = False,
    siecle: bool = False,
    formats: Formats = "contrat",
) -> Simulation:
    """Write one input folder per campaign under `dossier`, and `dossier/verite`.

    The same arguments give the same bytes. Campaigns are months of the school year 2026-2027;
    each extract is made on the 10th, observed on the 15th. With `contrats`, the apprentices that
    SIFA tells have their contracts delivered too, and with `situations` missions locales tell what
    each young person did, a row for each situation; with `siecle`, what its exports also tell: schools of the year
    before, second guardians. The truth is the same. `formats="reels"` has all three, in the forms of
    providers' own systems; `verite/formes.parquet` then says which row is which row of the contract's form.

    Raises:
        SettingsError: too few or too many people, or a campaign outside the year simulated.
        OutputError: a campaign's folder already holds something.
    """
    rates = rates or SimulatedRates()
    _check(personnes, campagnes)
    if formats == "reels":
        contrats = situations = siecle = True
    delivered = [_plan(dossier, code, formats, siecle=siecle) for code in campagnes]
    truth = dossier / "verite"
    for path in [c.dossier for c in delivered] + [truth]:
        if path.exists() and any(path.iterdir()):
            raise OutputError(
                f"{path.name}: the folder is not empty.", remedy="Remove it or choose another."
            )
        path.mkdir(parents=True, exist_ok=True)
    world = draw_world(seed, personnes, rates, max(c.extraction for c in delivered))
    parts = _deliver_all(seed, world, delivered, rates, contrats=contrats, situations=situations)
    rows = _declare(world, delivered, parts, definition, truth)
    _write_people(world, truth)
    return Simulation({c.code: c.dossier for c in delivered}, truth, personnes, rows)


def _check(personnes: int, campagnes: Sequence[str]) -> None:
    if not LEAST_PEOPLE <= personnes <= MOST_PEOPLE:
        raise SettingsError(
            f"{personnes} people: outside {LEAST_PEOPLE} to {MOST_PEOPLE}.",
            remedy="Choose a number within these bounds.",
        )
    possibles = [f"{FIRST_DAY_N}-{m:02d}" for m in range(10, 13)]
    possibles += [f"{FIRST_DAY_N + 1}-{m:02d}" for m in range(1, 8)]
    unknown = [c for c in campagnes if c not in possibles]
    if unknown or not campagnes:
        raise SettingsError(
            f"Campaigns {unknown}: the lives simulated cover {FIRST_DAY_N}-{FIRST_DAY_N + 1}.",
            remedy=f"Choose among {possibles[0]} to {possibles[-1]}.",
        )


def _plan(dossier: Path, code: str, formats: Formats, *, siecle: bool) -> DeliveredYear:
    year, month = map(int, code.split("-"))
    day = date(year, month, 10)
    return DeliveredYear(code, dossier / code, day, FIRST_DAY_N, formats, siecle=siecle)


def _deliver_all(
    seed: int,
    world: World,
    campagnes: list[DeliveredYear],
    rates: SimulatedRates,
    *,
    contrats: bool,
    situations: bool,
) -> list[dict[str, WrittenDelivery]]:
    """Write every extract of every campaign."""
    parts: list[dict[str, WrittenDelivery]] = []
    for extrait in ("scolarite", "agricole", "apprentissage"):
        parts.append(deliver.deliver_enrolments(seed, world, extrait, campagnes, rates))
    for extrait in ("diplomes", "diplomes_agricoles"):
        parts.append(deliver.deliver_exams(seed, world, extrait, campagnes, rates))
    parts.append(deliver.deliver_follow_ups(seed, world, campagnes, rates, histories=situations))
    if contrats:
        parts.append(deliver.deliver_contracts(seed, world, campagnes, rates))
    return parts


def _declare(
    world: World,
    campagnes: list[DeliveredYear],
    parts: list[dict[str, WrittenDelivery]],
    definition: str,
    truth: Path,
) -> int:
    """Write each campagne.toml, then the truth of rows and of situations; return the rows written."""
    situations, rows = [], []
    for campagne in campagnes:
        deliveries = [p[campagne.code] for p in parts]
        fichiers = [f for delivery in deliveries for f in delivery.fichiers]
        files.write_campaign(
            campagne.dossier,
            sorted(fichiers, key=lambda f: (_ORDER.index(f.extrait), f.nom)),
            code=campagne.code,
            observation=campagne.extraction.replace(day=15).isoformat(),
            extraction=campagne.extraction.isoformat(),
            annee_scolaire=f"{campagne.year}-{campagne.year + 1}",
            definition=definition,
        )
        events = pl.concat([e for delivery in deliveries for e in delivery.events])
        situations.append(_judge(world, events, campagne, definition))
        rows += [v for delivery in deliveries for v in delivery.lignes]
    files.write_parquet(truth / "situations.parquet", pl.concat(situations))
    if campagnes[0].formats != "contrat":
        formes = [f for part in parts for delivery in part.values() for f in delivery.formes]
        files.write_parquet(truth / "formes.parquet", pl.concat(formes))
    return files.write_parquet(truth / "lignes.parquet", pl.concat(rows))


_ORDER = (
    "scolarite", "diplomes", "agricole", "diplomes_agricoles", "apprentissage",
    "missions_locales", "contrats",
)  # fmt: skip


def _judge(
    world: World, events: pl.DataFrame, campagne: DeliveredYear, definition: str
) -> pl.DataFrame:
    """Return the true situation of each person in scope of a campaign."""
    day = campagne.extraction.replace(day=15)
    inscriptions = events.filter(pl.col("annee").is_not_null())
    exams = world.exams.filter("admis").select("personne", "titre")
    declares = inscriptions.filter(pl.col("extrait") == "apprentissage").select(
        "personne", titre=pl.col("dip_obt").replace_strict(DIP_OBT_TITLE, default=None)
    )
    decisions = truth.decide_truth(
        world.personnes, inscriptions, pl.concat([exams, declares.drop_nulls()]), None,
        annee_n=campagne.year, day=day, definition=definition,
    )  # fmt: skip
    residences = truth.find_residence(events.rename({"true_commune": "commune"}), day)
    followed = events.filter(
        (pl.col("extrait") == "missions_locales")
        & (pl.col("debut") <= day)
        & (pl.col("fin").is_null() | (pl.col("fin") >= day))
    ).select("personne", suivi_mission_locale=pl.lit(True)).unique()  # fmt: skip
    zones = pl.read_csv(
        schemas_root() / "nomenclatures" / "psad_communes.csv", separator=";", infer_schema=False
    ).rename({"code_commune": "commune"})
    return (
        decisions.join(residences, on="personne", how="left")
        .join(zones, on="commune", how="left")
        .join(followed, on="personne", how="left")
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


def _write_people(world: World, truth: Path) -> None:
    people_drawn = world.personnes[world.kept].select(
        "personne", "foyer", "jumeau", "ine", "ine2", "nom", "nom_usage", "prenom", "prenom2",
        "prenom3", "sexe", "naissance", "lieu", "pays",
    )  # fmt: skip
    files.write_parquet(truth / "personnes.parquet", people_drawn)
