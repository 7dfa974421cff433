"""What the manifest tells of the linkage: the engine's own words become the contract's keys, here alone."""

from collections.abc import Mapping
from typing import Final, Literal

from siei_match.campaign.results import JudgementsHeard
from siei_match.output.estimates import (
    CoupleAgain,
    CoupleErrors,
    EstimatedErrors,
    ExplainedErrors,
    IntervalRecord,
    SecondEstimateRecord,
)
from siei_match.output.manifest import (
    BlockingPassRecord,
    ChosenThresholds,
    JudgementsRecord,
    ReviewBand,
    ThresholdShift,
)
from siei_match.reference.errors import Notice
from siei_match.stages.link import LinkageCounts
from siei_match.stages.link.blocks.blocking import PassCounts
from siei_match.stages.link.measure.rates import (
    ExpectedErrors,
    Interval,
    Method,
    Rates,
    Reason,
)
from siei_match.stages.link.measure.thresholds import Thresholds
from siei_match.stages.link.people.counts import A_LIFE

REASONS: Final[Mapping[Reason, Literal["aucun_ine", "trop_peu_de_personnes"]]] = {
    "no_identifier": "aucun_ine",
    "too_few_people": "trop_peu_de_personnes",
}
METHODS: Final[Mapping[Method, Literal["ine_caches", "modele", "ine_caches_et_modele"]]] = {
    "hidden": "ine_caches",
    "model": "modele",
    "both": "ine_caches_et_modele",
}
KINDS: Final[Mapping[Literal["false", "missed"], Literal["faux", "manques"]]] = {
    "false": "faux",
    "missed": "manques",
}


def describe_counts(counts: LinkageCounts) -> dict[str, int]:
    """Return the linkage's counts among the manifest's `etapes`."""
    found = {
        "lignes": counts.rows,
        "fiches": counts.records,
        "ine_de_remplissage": counts.fillers,
        "paires_ine": counts.identifier_pairs,
        "conflits_ine": counts.identifier_conflicts,
        "paires_traits": counts.trait_pairs,
        "paires_candidates": counts.candidate_pairs,
        "paires_examinees": counts.weighed_pairs,
        "doutes": counts.doubts,
        "personnes": counts.people,
    }
    if counts.held:
        found["maintenues"] = counts.held
    if counts.beyond_a_life:
        found["hors_d_une_vie"] = counts.beyond_a_life
    if counts.judgements is not None:
        found |= {
            "revues_liantes": counts.judgements.binding,
            "revues_ambigues": counts.judgements.unclear,
        }
    return {f"rapprochement_{name}": n for name, n in found.items()}


def warn_of_lives(people: int) -> tuple[Notice, ...]:
    """Return an alarm where people hold more records than a life does; it names nobody."""
    if not people:
        return ()
    return (
        Notice(
            f"{people} people hold more than {A_LIFE} distinct records: too many for one life.",
            f"{people} personne(s) réunissent plus de {A_LIFE} fiches distinctes, plus qu’une vie n’en "
            "tient : un INE partagé par beaucoup, ou des lignes réunies à tort. Qui a le droit de lire "
            "identites.parquet les y trouve ; siei explain montre ce qui les réunit.",
        ),
    )


def describe_pass(done: PassCounts) -> BlockingPassRecord:
    return BlockingPassRecord(
        nom=done.name,
        fiches=done.records,
        blocs=done.blocks,
        paires=done.pairs,
        plus_grand_bloc=done.largest_block,
        paires_laissees=done.pairs_left_out,
    )


def describe_thresholds(used: Thresholds) -> ChosenThresholds:
    return ChosenThresholds(
        lien=used.link,
        doute=used.doubt,
        origine="tolerances" if used.chosen else "reglages",
        faux=used.false,
        manques=used.missed,
        hors_portee=tuple(KINDS[kind] for kind in used.out_of_reach),
    )


def describe_errors(errors: ExpectedErrors | None) -> EstimatedErrors:
    """Return what the run expects to have wrong; None: it did not measure itself."""
    if errors is None:
        return EstimatedErrors(motif="mesure_desactivee")
    return EstimatedErrors(
        motif=REASONS[errors.reason] if errors.reason else None,
        personnes_testees=errors.people_tested,
        ensemble=describe_rates(errors.whole) if errors.whole else None,
        mesurees=describe_rates(errors.measured) if errors.measured else None,
        couples=tuple(
            CoupleErrors(
                **dict(describe_rates(couple.rates)),
                extrait_a=couple.source_a,
                extrait_b=couple.source_b,
            )
            for couple in errors.couples
        ),
        seconde=describe_second(errors),
    )


def describe_second(errors: ExpectedErrors) -> SecondEstimateRecord | None:
    again = errors.second
    if again is None:
        return None
    return SecondEstimateRecord(
        personnes=again.people,
        cherchees=again.sought,
        manques=describe_interval(again.missed),
        jamais_comparees=describe_interval(again.unmet),
        faux=describe_interval(again.false),
        desaccords=tuple(KINDS[kind] for kind in errors.disagree),
        couples=tuple(
            CoupleAgain(
                extrait_a=couple.source_a,
                extrait_b=couple.source_b,
                manques=describe_interval(couple.missed),
            )
            for couple in again.couples
        ),
    )


def describe_rates(rates: Rates) -> ExplainedErrors:
    return ExplainedErrors(
        methode=METHODS[rates.method],
        liens=rates.links,
        personnes_testees=rates.people_tested,
        manques=describe_interval(rates.missed),
        taux_manques=describe_interval(rates.missed_rate),
        faux=describe_interval(rates.false),
        taux_faux=describe_interval(rates.false_rate),
        part_douteuse=rates.doubtful_share,
        manques_attendus=rates.missed_expected,
        faux_attendus=rates.false_expected,
    )


def describe_interval(found: Interval) -> IntervalRecord:
    return IntervalRecord(estimation=found.estimate, bas=found.low, haut=found.high)


def describe_judgements(heard: JudgementsHeard | None) -> JudgementsRecord | None:
    """Return what became of clerks' judgements; None where no clerk ever said anything."""
    if heard is None:
        return None
    standing, recalibration = heard.standing, heard.standing.recalibration
    return JudgementsRecord(
        paires=standing.pairs,
        meme=standing.same,
        autre=standing.other,
        contestees=standing.contested,
        a_confirmer=standing.awaited,
        perimees=standing.lapsed,
        liantes=heard.bound.binding,
        ambigues=heard.bound.unclear,
        introuvables=heard.not_found,
        contradictions=heard.contradictions,
        bandes=tuple(
            ReviewBand(
                de=band.low,
                a=band.high,
                reponses=band.judgements,
                meme=band.same,
                attendues=band.expected,
            )
            for band in standing.bands
        ),
        recalage=ThresholdShift(
            reponses=recalibration.judgements,
            decalage=recalibration.shift,
            applique=recalibration.applied,
            seuil_lien=recalibration.seuil_lien,
            seuil_doute=recalibration.seuil_doute,
        ),
    )
