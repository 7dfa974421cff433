"""Link: which rows are the same person; what was found, before anybody's rights are heard."""

from functools import partial

from siei_match.campaign.judgements import read_judgements
from siei_match.campaign.results import Liaison, Normalisation, require_equal
from siei_match.campaign.worksite import Worksite
from siei_match.reference.delivery import Livraison
from siei_match.reference.settings import load_keys
from siei_match.stages.link import link as link_rows
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.measure.thresholds import Tolerances

MODELE = "modele"


def link(chantier: Worksite, livraison: Livraison, normalisation: Normalisation) -> Liaison:
    """Find which rows are the same person: `groupes`, `liens_tous`, `paires_groupes`."""
    reglages = chantier.reglages
    with chantier.suivi.step("link", 1) as avancee:
        relecture = read_judgements(chantier, load_keys(reglages))
        found = link_rows(
            chantier.read("traits"),
            chantier.read("parcours"),
            judgements=relecture.rows,
            seuil_lien=relecture.recalibration.seuil_lien,
            seuil_doute=relecture.recalibration.seuil_doute,
            population=reglages.population,
            mesure=partial(measure, part=reglages.mesure) if reglages.mesure else None,
            tolerances=Tolerances(reglages.tolerance_faux, reglages.tolerance_manques),
        )
        avancee.advance()
    rows = found.groupes["rid"]
    require_equal("rows in groups", rows.n_unique(), "valid rows", normalisation.traits)
    require_equal("rows of groupes", rows.len(), "valid rows", normalisation.traits)
    chantier.write(found.groupes, "groupes")
    chantier.write(found.liens, "liens_tous")
    chantier.write(found.doutes, "paires_groupes")
    chantier.write_note(found.modele, MODELE)
    return Liaison(
        groupes=found.groupes["personne"].n_unique(),
        counts=found.counts,
        thresholds=found.thresholds,
        errors=found.errors,
        judgements=relecture.heard(found.liens, found.counts.judgements),
    )
