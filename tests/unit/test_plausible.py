"""What nobody should believe of a delivery: columns emptied, school years missing, empty or cut.

Each spoilt delivery is the sample with one file spoilt; the others are counted once.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from siei_match.campaign.results import Checked
from siei_match.campaign.sorting import sort_rows
from siei_match.reference.delivery import Campagne, Delivery, Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.reference.settings import Settings
from siei_match.reference.tallies import (
    ColumnTally,
    FileTally,
    PreviousTallies,
    learn_shares,
    place_year,
)
from siei_match.simulate import SimulatedRates, simulate
from siei_match.stages.extract import read_delivery
from siei_match.stages.validate.gate import RuleCounts
from siei_match.stages.validate.plausible import (
    FileCounter,
    Plausibility,
    judge,
    require_plausible,
)
from siei_match.stages.validate.plausible.columns import Limits, judge_columns
from siei_match.stages.validate.plausible.tally import deciding
from tests.spoilt import (
    Row,
    Spoil,
    emptied,
    every,
    everywhere,
    first,
    only,
    read_rows,
    scientific,
    write_rows,
)

SAMPLES = Path(__file__).parents[2] / "sample_data"
SETTINGS = Settings()
N, BEFORE = "2026-2027", "2025-2026"
UAI = {"scolarite": "UAI", "agricole": "uai", "apprentissage": "NUMERO_UAI"}
Counted = list[tuple[FileCounter, RuleCounts]]


def count(dossier: Path, delivery: Delivery) -> Counted:
    return [count_file(dossier, fichier, delivery.campagne) for fichier in delivery.fichiers]


def count_file(
    dossier: Path, fichier: Fichier, campagne: Campagne
) -> tuple[FileCounter, RuleCounts]:
    counter = FileCounter(fichier, campagne)
    return counter, sort_rows(dossier, fichier, campagne, lambda *_: None, counter).regles


class Sample:
    """A sample campaign: its files counted once, and what becomes of it with one of them spoilt."""

    def __init__(self, code: str, previous: PreviousTallies | None = None) -> None:
        self.dossier = SAMPLES / code
        self.delivery = read_delivery(self.dossier)
        self.campagne = self.delivery.campagne
        self.previous = previous
        self.counted = count(self.dossier, self.delivery)
        self.honest = judge(self.counted, self.campagne, SETTINGS, previous)

    def told(self) -> PreviousTallies:
        """Return what the next campaign is told of this one."""
        campagne, honest = self.campagne, self.honest
        return PreviousTallies(
            campagne.code, campagne.annee_scolaire, honest.fichiers, honest.annees
        )

    def rank(self, name: str) -> int:
        """Return the place of the file whose name begins so."""
        names = [fichier.nom for fichier in self.delivery.fichiers]
        return next(i for i, found in enumerate(names) if found.startswith(name))

    def rows(self, name: str) -> list[Row]:
        fichier = self.delivery.fichiers[self.rank(name)]
        return read_rows(self.dossier / fichier.nom, fichier)

    def spoil(
        self, tmp: Path, name: str, spoil: Spoil, settings: Settings = SETTINGS
    ) -> Plausibility:
        """Judge the delivery with one file spoilt."""
        counted = list(self.counted)
        fichier = self.delivery.fichiers[self.rank(name)]
        told = write_rows(tmp / fichier.nom, fichier, spoil(self.rows(name)))
        counted[self.rank(name)] = count_file(tmp, told, self.campagne)
        return judge(counted, self.campagne, settings, self.previous)

    def without(self, name: str) -> Plausibility:
        """Judge the delivery with one file left out."""
        left = [pair for i, pair in enumerate(self.counted) if i != self.rank(name)]
        return judge(left, self.campagne, SETTINGS, self.previous)


@pytest.fixture(scope="module")
def october() -> Sample:
    return Sample("2026-10")


@pytest.fixture(scope="module")
def march(october: Sample) -> Sample:
    return Sample("2027-03", october.told())


def columns(plausibility: Plausibility) -> set[tuple[str | None, str | None]]:
    said = [alarm.said for alarm in plausibility.alarms]
    return {(s.fichier, s.colonne) for s in said if s.genre == "colonnes"}


def years(plausibility: Plausibility) -> set[tuple[str, str | None]]:
    said = [alarm.said for alarm in plausibility.alarms]
    return {(s.extrait, s.annee_scolaire) for s in said if s.genre == "annees"}


# Columns


def words(_: str) -> str:
    return "non renseigné à ce jour"


COLUMNS = [
    ("scolarite_2025", "CODE_MEF", "", emptied),
    ("scolarite_2025", "CODE_MEF", "2,41252E+10", lambda c: everywhere(c, scientific)),
    ("scolarite_2026", "CODE_MEF", "words", lambda c: everywhere(c, words)),
    ("scolarite_2025", "CODE_MEF", "in no table", lambda c: everywhere(c, lambda _: "99912345678")),
    ("scolarite_2026", "INE", "", emptied),
    ("scolarite_2025", "INE", "scientific", lambda c: everywhere(c, scientific)),
    ("scolarite_2025", "UAI", "", emptied),
    ("scolarite_2025", "DATE_ENTREE", "", emptied),
    ("scolarite_2025", "DATE_SORTIE", "", emptied),
    ("scolarite_2025", "DATE_SORTIE", "words", lambda c: everywhere(c, words)),
    ("scolarite_2026", "DATE_SORTIE", "words", lambda c: everywhere(c, words)),
    ("scolarite_2026", "DATE_SORTIE", "everybody is gone",
     lambda c: lambda rows: [{**row, c: "01/10/2026"} for row in rows]),
    ("scolarite_2025", "DATE_SORTIE", "before the entry",
     lambda c: everywhere(c, lambda _: "01/08/2025")),
    ("scolarite_2026", "ANNEE_SCOLAIRE", "another year",
     lambda c: everywhere(c, lambda _: "2025-2026")),
    ("scolarite_2026", "CODE_COMMUNE_INSEE", "", emptied),
    ("scolarite_2026", "CODE_COMMUNE_INSEE", "a postcode that is none",
     lambda c: everywhere(c, lambda _: "00999")),
    ("diplomes.csv", "CODE_DIPLOME", "5,003E+07", lambda c: everywhere(c, scientific)),
    ("diplomes.csv", "CODE_DIPLOME", "", emptied),
    ("diplomes.csv", "RESULTAT", "REÇU", lambda c: everywhere(c, lambda _: "REÇU")),
    ("diplomes.csv", "RESULTAT", "", emptied),
    ("diplomes.csv", "INE", "", emptied),
    ("diplomes_agricoles", "RESULTAT", "RECU", lambda c: everywhere(c, lambda _: "RECU")),
    ("agricole_2025", "codeMef", "scientific", lambda c: everywhere(c, scientific)),
    ("agricole_2026", "codeMef", "", emptied),
    ("agricole_2025", "dateSortieFormation", "", emptied),
    ("agricole_2026", "dateEntreeFormation", "", emptied),
    ("agricole_2025", "ine", "", emptied),
    ("agricole_2026", "uai", "", emptied),
    ("agricole_2026", "communeCodeInsee", "", emptied),
    ("apprentissage_2025", "DIPLOME", "scientific", lambda c: everywhere(c, scientific)),
    ("apprentissage_2026", "DIPLOME", "", emptied),
    ("apprentissage_2026", "INE_RNIE", "", emptied),
    ("apprentissage_2026", "DATE_ENTREE_CFA", "", emptied),
    ("apprentissage_2025", "DIP_OBT", "words", lambda c: everywhere(c, words)),
    ("apprentissage_2026", "NUMERO_UAI", "", emptied),
    ("apprentissage_2026", "COM_RESID", "", emptied),
    ("missions_locales", "dateDebutAccompagnement", "", emptied),
    ("missions_locales", "communeCodeInsee", "", emptied),
    ("missions_locales", "situationCategorie", "words", lambda c: everywhere(c, words)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "column", "spoil"),
    [case[:2] + case[3:] for case in COLUMNS],
    ids=[f"{name} {column} {how}" for name, column, how, _ in COLUMNS],
)
def test_a_spoilt_column_is_found(
    october: Sample, tmp_path: Path, name: str, column: str, spoil: Callable[[str], Spoil]
) -> None:
    found = october.spoil(tmp_path, name, spoil(column))
    assert columns(found) == {(october.delivery.fichiers[october.rank(name)].nom, column)}
    assert found.stops


def test_a_birth_date_that_lost_its_day_is_found(october: Sample, tmp_path: Path) -> None:
    spoil = everywhere("DATE_NAISS", lambda date: f"00/00/{date[-4:]}")
    assert columns(october.spoil(tmp_path, "scolarite_2026", spoil)) == {
        ("scolarite_2026-2027.csv.gz", "DATE_NAISS")
    }


def test_an_alarm_says_where_how_many_and_what_is_usual(october: Sample, tmp_path: Path) -> None:
    spoil = everywhere("CODE_MEF", scientific)
    [alarm] = [
        alarm
        for alarm in october.spoil(tmp_path, "scolarite_2025", spoil).alarms
        if alarm.said.genre == "colonnes"
    ]
    assert alarm.said.constat == (
        "scolarite_2025-2026.csv.gz, colonne CODE_MEF : 100,0 % des lignes sans valeur utilisable, "
        "attendu au plus 20,0 % (1946 illisibles sur 1946 lignes)."
    )
    assert alarm.journal == (
        "scolarite_2025-2026.csv.gz, CODE_MEF: 100.0% of the rows without a usable value, "
        "limit 20% (1946 unreadable of 1946 rows)"
    )
    assert (alarm.said.part, alarm.said.usuel) == (1.0, 0.2)


def tally(column: str, missing: int, rows: int, *, unread: int = 0) -> FileTally:
    counted = ColumnTally(column, vides=missing - unread, illisibles=unread)
    return FileTally("apprentissage", "sifa.txt", N, rows, (counted,))


def last(column: str, missing: int, rows: int) -> PreviousTallies:
    return PreviousTallies("2026-03", N, (tally(column, missing, rows),))


@pytest.mark.parametrize(
    ("missing", "before", "alarmed"),
    [
        (35, 33, False),
        (45, 33, False),  # not surely beyond 15 points
        (70, 33, True),
        (5, 33, False),  # better filled than before: nobody is accused
    ],
)
def test_a_share_is_compared_with_the_last_campaigns(
    october: Sample, missing: int, before: int, alarmed: bool
) -> None:
    limits = Limits({}, 0.25, 0.15)
    found = judge_columns(
        [tally("INE_RNIE", missing, 100)], october.campagne, limits, last("INE_RNIE", before, 100)
    )
    assert [alarm.said.usuel for alarm in found] == [before / 100] * alarmed


@pytest.mark.parametrize(
    ("rows", "unread", "alarmed"),
    [(29, 29, False), (30, 30, True), (12, 12, False), (1000, 240, False), (1000, 300, True)],
)
def test_a_delivery_of_a_few_rows_is_judged_by_nobody(
    october: Sample, rows: int, unread: int, alarmed: bool
) -> None:
    limits = Limits({"apprentissage.COM_RESID": 1.0}, 0.25, 0.15)
    files = [tally("COM_RESID", unread, rows, unread=unread)]
    assert [a.said.colonne for a in judge_columns(files, october.campagne, limits)] == [
        "COM_RESID"
    ] * alarmed


@pytest.mark.parametrize(
    ("year", "before", "missing", "alarmed"),
    [
        (N, 98, 75, False),  # in spring more have left than in autumn
        (N, 75, 98, False),
        (N, 98, 20, True),  # but not four in five
        (BEFORE, 75, 40, True),  # a year that is over has had its exits
        (BEFORE, 60, 93, True),
        (BEFORE, 75, 70, False),
    ],
)
def test_exits_of_the_year_under_way_depend_on_the_season(
    october: Sample, year: str, before: int, missing: int, alarmed: bool
) -> None:
    def file(missing: int) -> FileTally:
        column = ColumnTally("DATE_SORTIE", vides=missing)
        return FileTally("scolarite", "scolarite.csv", year, 100, (column,))

    last = PreviousTallies("2026-03", N, (file(before),))
    found = list(judge_columns([file(missing)], october.campagne, Limits({}, 0.25, 0.15), last))
    assert bool(found) == alarmed


def test_a_setting_lifts_a_columns_limit(october: Sample, tmp_path: Path) -> None:
    spoil = emptied("communeCodeInsee")
    setting = {"missions_locales.communeCodeInsee": 1.0}
    lifted = SETTINGS.model_copy(update={"taux_vide_max": setting})
    assert october.spoil(tmp_path, "missions_locales", spoil).alarms
    assert october.spoil(tmp_path, "missions_locales", spoil, lifted).alarms == ()


def test_a_share_is_learnt_over_the_files_of_a_year() -> None:
    files = (tally("INE_RNIE", 20, 100), tally("INE_RNIE", 100, 100), tally("UAI", 1, 10))
    shares = learn_shares(PreviousTallies("2026-03", N, files))
    assert shares == {("apprentissage", "N", "INE_RNIE"): (0.6, "2026-03")}


def test_a_school_year_has_a_place_in_its_campaign() -> None:
    assert [place_year(y, N) for y in (N, BEFORE, "2024-2025", None)] == ["N", "N-1", "", ""]


def test_every_column_that_decides_has_its_limit() -> None:
    named = {
        extrait: {field["name"] for field in deciding(extrait)}
        for extrait in ("scolarite", "diplomes", "agricole", "apprentissage")
    }
    assert named["scolarite"] >= {
        "INE", "DATE_NAISS", "CODE_MEF", "UAI", "DATE_ENTREE", "DATE_SORTIE", "CODE_COMMUNE_INSEE"
    }  # fmt: skip
    assert named["diplomes"] >= {"INE", "DATE_NAISS", "CODE_DIPLOME", "RESULTAT"}
    assert named["agricole"] >= {"ine", "dateNaissance", "codeMef", "uai", "dateSortieFormation"}
    assert named["apprentissage"] >= {"INE_RNIE", "DIPLOME", "DATE_ENTREE_CFA", "DATE_RUPT_CONT"}


# School years

ENROLMENTS = [f"{extrait}_{year}" for extrait in UAI for year in (BEFORE, N)]


def parts(name: str) -> tuple[str, str]:
    extrait, _, year = name.partition("_")
    return extrait, year


@pytest.mark.parametrize("name", ENROLMENTS)
def test_a_missing_year_is_found(october: Sample, name: str) -> None:
    found = october.without(name)
    assert parts(name) in years(found)
    assert found.stops


@pytest.mark.parametrize("name", ["diplomes.csv", *ENROLMENTS[:4]])
def test_a_header_without_rows_is_found(october: Sample, tmp_path: Path, name: str) -> None:
    found = october.spoil(tmp_path, name, lambda _: [])
    fichier = october.delivery.fichiers[october.rank(name)]
    assert (fichier.extrait, fichier.nom) in {
        (a.said.extrait, a.said.fichier) for a in found.alarms
    }


def test_a_header_without_rows_is_said_of_an_optional_extract_elsewhere(
    october: Sample, tmp_path: Path
) -> None:
    assert october.spoil(tmp_path, "diplomes_agricoles", lambda _: []).alarms == ()


@pytest.mark.parametrize("name", ENROLMENTS)
@pytest.mark.parametrize("cut", [first(0.5), every(1, 2)], ids=["first half", "every second row"])
def test_half_a_year_is_found(october: Sample, tmp_path: Path, name: str, cut: Spoil) -> None:
    found = october.spoil(tmp_path, name, cut)
    # The other year of the extract may be the one that looks too long.
    assert {extrait for extrait, _ in years(found)} & {parts(name)[0]}


@pytest.mark.parametrize("name", ENROLMENTS)
def test_half_the_academies_are_missed(october: Sample, tmp_path: Path, name: str) -> None:
    column = UAI[parts(name)[0]]
    found = october.spoil(tmp_path, name, only(lambda row: row[column][:3] < "055"))
    assert parts(name) in years(found)


@pytest.mark.parametrize("name", ENROLMENTS[:2])
def test_one_academie_is_missed(october: Sample, tmp_path: Path, name: str) -> None:
    found = october.spoil(tmp_path, name, only(lambda row: row["UAI"][:3] not in ("059", "062")))
    [alarm] = found.alarms
    assert "1 académie(s)" in alarm.said.constat
    assert alarm.said.constat.endswith(": Lille.")


def test_a_small_academie_is_told_and_stops_nothing(october: Sample, tmp_path: Path) -> None:
    small = only(lambda row: row["uai"][:3] not in ("078", "091", "092", "095"))
    found = october.spoil(tmp_path, "agricole_2026", small)
    assert found.alarms == ()
    assert [notice.rapport for notice in found.notices] == [
        "agricole 2026-2027 : aucune ligne de l’académie de Versailles, présente en 2025-2026."
    ]


def test_a_school_that_closes_stops_nothing(october: Sample, tmp_path: Path) -> None:
    for name in ENROLMENTS:
        column = UAI[parts(name)[0]]
        rows = october.rows(name)
        schools = [row[column] for row in rows if row[column]]
        largest = max(sorted(set(schools)), key=schools.count)
        closed = only(lambda row, column=column, largest=largest: row[column] != largest)
        assert october.spoil(tmp_path, name, closed).alarms == (), name


def test_the_last_session_is_missed(october: Sample, tmp_path: Path) -> None:
    found = october.spoil(tmp_path, "diplomes.csv", only(lambda row: row["SESSION"] != "2026"))
    [alarm] = found.alarms
    assert alarm.said.genre == "extraits"
    assert "0 résultats de la session 2026" in alarm.said.constat


@pytest.mark.parametrize(
    ("name", "cut"),
    [("scolarite_2025", 0.8), ("scolarite_2026", 0.7), ("agricole_2025", 0.8),
     ("apprentissage_2025", 0.8), ("agricole_2026", 0.6), ("diplomes.csv", 0.6)],
)  # fmt: skip
def test_a_smaller_cut_is_found_beside_the_last_campaign(
    march: Sample, tmp_path: Path, name: str, cut: float
) -> None:
    found = march.spoil(tmp_path, name, first(cut))
    assert any("2026-10" in alarm.said.constat for alarm in found.alarms)


def test_a_year_that_was_cut_last_time_is_no_measure(march: Sample, october: Sample) -> None:
    told = october.told()
    key = ("scolarite", BEFORE)
    annees = tuple(
        replace(tally, lignes=tally.lignes // 2, retrouves=0.99)
        if (tally.extrait, tally.annee_scolaire) == key
        else tally
        for tally in told.annees
    )
    cut = replace(told, annees=annees)
    assert years(judge(march.counted, march.campagne, SETTINGS, cut)) == {key}
    doubted = replace(cut, doubted=frozenset({key}))
    assert judge(march.counted, march.campagne, SETTINGS, doubted).alarms == ()


# Honest deliveries


def test_the_samples_are_believed(october: Sample, march: Sample) -> None:
    assert october.honest.alarms == march.honest.alarms == ()
    assert (october.honest.stops, march.honest.stops) == (False, False)


@pytest.mark.parametrize(("people", "seed"), [(300, 5), (700, 6), (1500, 7)])
def test_other_fictive_worlds_are_believed(tmp_path: Path, people: int, seed: int) -> None:
    made = simulate(tmp_path, people, seed, SimulatedRates(), ("2026-10", "2027-03"), "legale")
    previous = None
    for code, dossier in made.campagnes.items():
        delivery = read_delivery(Path(dossier))
        found = judge(count(Path(dossier), delivery), delivery.campagne, SETTINGS, previous)
        assert found.alarms == (), code
        previous = PreviousTallies(code, N, found.fichiers, found.annees)


# What comes of it


def test_the_error_names_everything_and_the_way_on(october: Sample) -> None:
    alarms = october.without("agricole_2025-2026").alarms
    with pytest.raises(DeliveryError) as refused:
        require_plausible(Plausibility(alarms=alarms, stops=True))
    assert all(alarm.journal in refused.value.what for alarm in alarms)
    assert 'controles = "publication"' in refused.value.remedy
    require_plausible(Plausibility(alarms=alarms, stops=False))


def test_what_the_error_has_no_room_for_is_counted(october: Sample) -> None:
    alarms = october.without("agricole_2025-2026").alarms[:1] * 100
    with pytest.raises(DeliveryError) as refused:
        require_plausible(Plausibility(alarms=alarms, stops=True))
    lines = refused.value.what.splitlines()
    assert lines[0].startswith("100 finding(s)")
    assert lines[-1] == f"  and {100 - len(lines) + 2} more, in the log and told by `siei check`"


def test_publication_lets_the_run_go_on(october: Sample) -> None:
    campagne = october.campagne.model_copy(update={"controles": "publication"})
    left = [pair for i, pair in enumerate(october.counted) if i != 3]
    found = judge(left, campagne, SETTINGS)
    assert found.alarms
    assert not found.stops


def test_what_was_counted_survives_a_run_taken_up(october: Sample) -> None:
    checked = Checked((), october.without("agricole_2025-2026"))
    assert TypeAdapter(Checked).validate_python(asdict(checked)) == checked
    assert replace(checked).plausibility.alarms
