"""Link: which rows are the same person; what was found, before anybody's rights are heard."""

from functools import partial

import polars as pl

from siei_match.campaign.fairness import TESTED
from siei_match.campaign.judgements import read_judgements
from siei_match.campaign.pinned import describe_applied, read_pinned, require_near
from siei_match.campaign.results import LinkageResult, Normalised, require_equal
from siei_match.campaign.worksite import Worksite
from siei_match.campaign.yesterday import recall_people
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Delivery
from siei_match.reference.settings import load_keys
from siei_match.stages.link import link as link_rows
from siei_match.stages.link.compare.kinds.stays import READ_OF_STAYS
from siei_match.stages.link.measure.second import measure_twice
from siei_match.stages.link.measure.thresholds import Tolerances

MODELE = "modele"
APPLIED = "modele_applique"


def link(worksite: Worksite, delivery: Delivery, normalised: Normalised) -> LinkageResult:
    """Find which rows are the same person: `groupes`, `liens_tous`, `paires_groupes`, `noyaux`, `morceaux`,
    and of whom the run measured itself `personnes_testees`.
    """
    settings = worksite.reglages
    tested = [pl.DataFrame(schema=declaration(f"tables/{TESTED}").polars_schema)]
    test = partial(
        measure_twice, part=settings.mesure, note=tested.append, shelf=worksite.parts.shelf
    )
    with worksite.progress.step("link", 1) as bar:
        applied = read_pinned(worksite)
        review = read_judgements(worksite, delivery.campagne, load_keys(settings))
        found = link_rows(
            worksite.open("traits"),
            worksite.read("parcours", *READ_OF_STAYS),
            judgements=review.rows,
            before=recall_people(worksite, delivery.campagne.code),
            seuil_lien=review.recalibration.seuil_lien,
            seuil_doute=review.recalibration.seuil_doute,
            seuil_decision=settings.seuil_decision,
            population=settings.population,
            measure=test if settings.mesure else None,
            tolerances=Tolerances(settings.tolerance_faux, settings.tolerance_manques),
            pinned=applied.pinned if applied else None,
            parts=worksite.parts,
        )
        require_near(applied, found.drifts)
        bar.advance()
    rows = found.groupes["rid"]
    # By `rid` as they are, they are counted without a table of all of them.
    require_equal("rows in groups", rows.set_sorted().n_unique(), "valid rows", normalised.traits)
    require_equal("rows of groupes", rows.len(), "valid rows", normalised.traits)
    worksite.write(found.groupes, "groupes")
    worksite.write(found.liens, "liens_tous")
    worksite.write(found.doutes, "paires_groupes")
    worksite.write(found.cores, "noyaux")
    worksite.write(found.pieces, "morceaux")
    worksite.write(tested[-1], TESTED)
    worksite.write_note({**found.modele, "profil": found.profile.told()}, MODELE)
    told = describe_applied(applied, found).model_dump(mode="json") if applied else None
    worksite.write_note(told, APPLIED)
    return LinkageResult(
        groupes=found.counts.people,
        counts=found.counts,
        thresholds=found.thresholds,
        errors=found.errors,
        judgements=review.heard(found.liens, found.counts.judgements),
    )
