"""Link: which rows are the same person; what was found, before anybody's rights are heard."""

from dataclasses import asdict
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
    """Find which rows are the same person: `groupes`, `liens_tous`, `doutes_tous`."""
    reglages = chantier.reglages
    with chantier.suivi.step("link", 1) as avancee:
        relecture = read_judgements(chantier, load_keys(reglages))
        found = link_rows(
            chantier.read("traits"),
            chantier.read("parcours"),
            revues=relecture.revues,
            seuil_lien=relecture.recalage.seuil_lien,
            seuil_doute=relecture.recalage.seuil_doute,
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
    chantier.write(found.doutes, "doutes_tous")
    chantier.write_note(found.modele, MODELE)
    return Liaison(
        groupes=found.groupes["personne"].n_unique(),
        comptes=found.comptes,
        seuils=asdict(found.seuils),
        erreurs=found.erreurs or {"motif": "mesure_desactivee"},
        revues=relecture.told(found.liens, found.comptes),
    )
