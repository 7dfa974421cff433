"""The report's first page: what a project lead must know, in five lines and three pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from siei_match.output.manifest import Execution
from siei_match.reference.french import french_count, french_number, french_of_month, french_percent
from siei_match.stages.publish.report.changes import CauseCounts
from siei_match.stages.publish.report.counts import NamedCount, share
from siei_match.stages.publish.report.words import CAUSES, CHECKS

OUT: Final = "hors_champ"
SETTLED: Final = ("de_retour_scolarite", "de_retour_agricole", "de_retour_apprentissage")
"""Of a past list, those who are in training again."""
SHOWN: Final = 3
"""Causes that a line names; the picture shows them all."""


@dataclass(frozen=True)
class Essentials:
    """The first page: its lines, as (title, sentence), and what its pictures draw."""

    lines: list[tuple[str, str]]
    statuses: list[NamedCount]
    """Those in scope and of age, by decision; nobody who is too young or too old."""
    causes: list[CauseCounts]
    outcomes: list[tuple[str, int | None]]
    """Of the last list: what has become of its people; None: hidden."""
    held: list[str]
    """The checks that would hold the release back, in words."""
    last: str | None


def describe_essentials(
    execution: Execution,
    etapes: Mapping[str, int],
    decisions: Sequence[tuple[NamedCount, list[NamedCount]]],
    causes: Sequence[CauseCounts],
    cohortes: Mapping[str, Mapping[str, int | None]],
    names: Mapping[str, str],
    *,
    minors: int,
    previous: str | None,
) -> Essentials:
    """Put the first page together, from counts that the rest of the report shows too.

    Args:
        execution: the run.
        etapes: the counts of its steps.
        decisions: statuses and their reasons (`describe_decisions`).
        causes: why people entered the lists and left them (`count_causes`).
        cohortes: what has become of past lists (`describe_cohortes`), small counts hidden.
        names: the outcomes, in words.
        minors: how many of those listed are under 18.
        previous: the campaign before; None for the first.
    """
    of_age = sum(status.nombre for status, _ in decisions if status.nom != OUT)
    statuses = [
        NamedCount(status.nom, status.nombre, share(status.nombre, of_age))
        for status, _ in decisions
        if status.nom != OUT and status.nombre
    ]
    held = [CHECKS.get(check.nom, check.nom) for check in execution.controles if check.tenu]
    outcomes = cohortes.get(previous or "", {})
    return Essentials(
        lines=[
            ("Sortants sans diplôme", _tell_found(etapes, of_age, minors)),
            ("Depuis la dernière fois", _tell_changes(causes, previous)),
            ("La dernière liste", _tell_outcomes(outcomes, previous)),
            ("Qualité", _tell_quality(execution, etapes)),
            ("Publication", _tell_release(execution, held)),
        ],
        statuses=statuses,
        causes=list(causes) if previous else [],
        outcomes=[
            (names[code], n) for code, n in outcomes.items() if code != "ensemble" and n != 0
        ],
        held=held,
        last=previous,
    )


def _tell_found(etapes: Mapping[str, int], of_age: int, minors: int) -> str:
    found = etapes["sortants"]
    return (
        f"{french_count(found, 'jeune')}, soit {french_percent(share(found, of_age))} des "
        f"{french_number(of_age)} jeunes de 16 à 25 ans qui étaient en formation l’année d’avant ; "
        f"{french_count(minors, 'a', 'ont')} moins de 18 ans."
    )


def _tell_changes(causes: Sequence[CauseCounts], previous: str | None) -> str:
    if previous is None:
        return "C’est la première campagne de ce dossier : il n’y a rien à quoi la comparer."
    entered, left = (sum(getattr(c, way) for c in causes) for way in ("entered", "left"))
    parts = [
        _name_most(causes, way, words)
        for way, words in (("entered", "Entrées surtout"), ("left", "Sorties surtout"))
    ]
    return (
        f"{french_number(entered - left, signed=True) if entered != left else 'autant de jeunes'} "
        f"par rapport à la liste {french_of_month(previous)} : "
        f"{french_count(entered, 'entrée')}, {french_count(left, 'sortie')}. "
        + " ".join(filter(None, parts))
    ).strip()


def _name_most(causes: Sequence[CauseCounts], way: str, words: str) -> str:
    counted = sorted(causes, key=lambda c: -getattr(c, way))[:SHOWN]
    told = [
        f"{CAUSES[c.cause].lower()} ({french_number(getattr(c, way))})"
        for c in counted
        if getattr(c, way)
    ]
    return f"{words} : {', '.join(told)}." if told else ""


def _tell_outcomes(outcomes: Mapping[str, int | None], previous: str | None) -> str:
    if not outcomes or previous is None:
        return "Aucune liste antérieure dont on sache ce que les jeunes sont devenus."
    everybody = outcomes.get("ensemble")
    settled = [n for code in SETTLED if (n := outcomes.get(code)) is not None]
    parts = [
        (sum(settled), "de retour en formation" + " (au moins)" * (len(settled) < len(SETTLED))),
        (outcomes.get("diplome"), "diplômés"),
        (outcomes.get("reponse_plateforme"), "sortis par la réponse d’une plateforme"),
        (outcomes.get("suivi_mission_locale"), "suivis par une mission locale"),
        (outcomes.get("toujours_sans_solution"), "toujours sans solution connue"),
    ]
    told = ", ".join(f"{french_number(n)} {what}" for n, what in parts if n)
    whole = "Des jeunes" if everybody is None else f"Des {french_count(everybody, 'jeune')}"
    return f"{whole} de la liste {french_of_month(previous)} : {told or 'effectifs trop petits'}."


def _tell_quality(execution: Execution, etapes: Mapping[str, int]) -> str:
    doubts = etapes["a_verifier"]
    doubt = (
        f"{french_count(doubts, 'situation')} à vérifier "
        f"({french_percent(share(doubts, etapes['sortants']))} des sortants)."
    )
    errors = execution.erreurs_estimees
    if errors is None or errors.ensemble is None:
        return f"Les erreurs du rapprochement n’ont pas pu être mesurées. {doubt}"
    wrong, missed = errors.ensemble.taux_faux, errors.ensemble.taux_manques
    return (
        f"Sur 100 rapprochements sans identifiant commun, {french_number(100 * wrong.estimation, 1)} "
        f"sont faux (de {french_number(100 * wrong.bas, 1)} à {french_number(100 * wrong.haut, 1)}) et "
        f"{french_number(100 * missed.estimation, 1)} manquent (de {french_number(100 * missed.bas, 1)} à "
        f"{french_number(100 * missed.haut, 1)}), d’après le calcul lui-même. {doubt}"
    )


def _tell_release(execution: Execution, held: Sequence[str]) -> str:
    if not execution.controles:
        return "Les contrôles n’ont pas été gardés ; la page de publication les donne."
    if not held:
        return (
            f"Rien ne retient cette campagne : {french_count(len(execution.controles), 'contrôle')} "
            "conformes à la fin du calcul. Une personne décide de la publier."
        )
    return (
        f"Retenue par {french_count(len(held), 'contrôle')} : {', '.join(held).lower()}. On peut passer outre, "
        "en disant pourquoi."
    )
