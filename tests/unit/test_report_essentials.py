"""The report's first page and the return rates: what a project lead reads, against what is known."""

from dataclasses import replace

import polars as pl
import pytest

from siei_match.output.estimates import EstimatedErrors
from siei_match.output.manifest import ReleaseCheck
from siei_match.stages.publish.campaign import count_steps
from siei_match.stages.publish.report import render_report
from siei_match.stages.publish.report.changes import CauseCounts
from siei_match.stages.publish.report.counts import NamedCount
from siei_match.stages.publish.report.essentials import Essentials, describe_essentials
from siei_match.stages.publish.report.replies import describe_replies
from tests.publication import PSADS, execution, frame, resultats
from tests.unit.test_report import ERREURS, Page
from tests.unit.test_report_counts import precedente

NB = "\u202f"
NAMES = {
    "de_retour_scolarite": "À l’école",
    "diplome": "Diplômés",
    "toujours_sans_solution": "Sans solution",
    "ensemble": "Ensemble",
}
DECISIONS = [
    (NamedCount("sortant", 100, 0.05), []),
    (NamedCount("en_formation", 900, 0.45), []),
    (NamedCount("hors_champ", 1000, 0.5), []),
]


def essentials(previous: str | None = "2026-10", **given: object) -> Essentials:
    said = execution().model_copy(update=given)
    causes = [CauseCounts("inscription", 30, 12, 0), CauseCounts("age", 7, 0, 0)]
    outcomes = {"2026-10": {"de_retour_scolarite": 20, "diplome": None, "ensemble": 75}}
    return describe_essentials(
        said, {"sortants": 100, "a_verifier": 4}, DECISIONS, causes, outcomes, NAMES,
        minors=60, previous=previous,
    )  # fmt: skip


def line(told: Essentials, title: str) -> str:
    return dict(told.lines)[title].replace(NB, " ")


def test_the_rate_is_over_those_whose_age_puts_them_in_scope() -> None:
    told = essentials()
    assert line(told, "Sortants sans diplôme").startswith(
        "100 jeunes, soit 10,0 % des 1 000 jeunes"
    )
    assert {s.nom: s.part for s in told.statuses} == {"sortant": 0.1, "en_formation": 0.9}


def test_what_changed_and_what_became_of_the_last_list() -> None:
    told = essentials()
    changed = line(told, "Depuis la dernière fois")
    assert changed.startswith("+25 par rapport à la liste d’octobre 2026 : 37 entrées, 12 sorties.")
    assert "nouvelle adresse (30), âge (7)" in changed
    assert line(told, "La dernière liste") == (
        "Des 75 jeunes de la liste d’octobre 2026 : 20 de retour en formation (au moins)."
    )
    assert told.outcomes == [("À l’école", 20), ("Diplômés", None)]
    first = essentials(None)
    assert "première campagne" in line(first, "Depuis la dernière fois")
    assert first.causes == []


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([], "n’ont pas été gardés"),
        ([("volume", False)], "Rien ne retient cette campagne : 1 contrôle"),
        ([("volume", True), ("rejets", False)], "Retenue par 1 contrôle : nombre de jeunes"),
        (
            [("volume_psad", True), ("equite", True)],
            "Retenue par 2 contrôles : nombre de jeunes par",
        ),
    ],
)
def test_whether_it_may_be_released(checks: list[tuple[str, bool]], said: str) -> None:
    found = tuple(ReleaseCheck(nom=nom, tenu=held, constat="vu") for nom, held in checks)
    assert said in line(essentials(controles=found), "Publication")


def test_errors_that_were_not_measured_are_not_shown_as_none() -> None:
    assert "n’ont pas pu être mesurées" in line(essentials(), "Qualité")
    measured = EstimatedErrors.model_validate(
        {"personnes_testees": 4321, "ensemble": ERREURS, "mesurees": ERREURS, "couples": []}
    )
    assert "1,0 manquent (de 0,4 à 1,9)" in line(essentials(erreurs_estimees=measured), "Qualité")


def test_the_page_begins_with_them_and_ends_with_the_annex() -> None:
    said, given = execution(), resultats()
    html = render_report(said, given, count_steps(said, given), precedente())
    titles = [html.index(f'id="{name}"') for name in ("essentiel", "listes", "annexe", "decisions")]
    assert titles == sorted(titles)
    assert Page(html).open == []
    assert "counter(page)" in html


def replies(listed: dict[str, int], answered: dict[str, int]) -> list[dict[str, object]]:
    people = [
        (psad, f"{rank:02x}{n:030x}")
        for rank, (psad, many) in enumerate(listed.items())
        for n in range(many)
    ]
    said = [(p, one) for p in answered for q, one in people if p == q]
    kept = [
        (p, one) for p, many in answered.items() for one in [o for q, o in said if q == p][:many]
    ]
    before = replace(
        precedente(),
        signalements=frame(
            "signalements",
            [
                {"id_signalement": f"s{o}", "id_personne": o, "campagne": "2026-03", "psad": p}
                for p, o in people
            ],
        ),
    )
    answers = [
        {"id_personne": one, "origine": "collecte", "fichier": "f" * 16, "ligne": n + 1,
         "date_retour": "2026-05-02", "retour": "suivi", "psad": psad, "decide": False,
         "annulee": False, "transfere": False}
        for n, (psad, one) in enumerate(kept)
    ]  # fmt: skip
    table = frame_of_answers(answers)
    given = replace(resultats(), reponses=table)
    return describe_replies(given, before)


def frame_of_answers(rows: list[dict[str, object]]) -> pl.DataFrame:
    from siei_match.reference.contracts import declaration

    schema = declaration("tables/reponses").polars_schema
    filled = [{name: row.get(name) for name in schema} for row in rows]
    loose = {name: pl.String if kind == pl.Date else kind for name, kind in schema.items()}
    made = pl.DataFrame(filled, schema=loose)
    days = [name for name, kind in schema.items() if kind == pl.Date]
    return made.with_columns(pl.col(days).str.to_date())


def test_return_rates_by_platform_hide_the_few() -> None:
    told = replies(
        {PSADS[0]: 40, PSADS[1]: 30, PSADS[2]: 20}, {PSADS[0]: 10, PSADS[1]: 2, PSADS[2]: 8}
    )
    shown = {row["psad"]: (row["listed"], row["answered"], row["rate"]) for row in told}
    # Two at one platform are hidden; the eight of another would give them by the sum.
    assert shown == {
        PSADS[0]: (40, 10, 0.25),
        PSADS[1]: (30, None, None),
        PSADS[2]: (20, None, None),
        None: (90, 20, 20 / 90),
    }


def test_without_an_answer_nothing_is_told() -> None:
    assert replies({PSADS[0]: 40}, {}) == []
