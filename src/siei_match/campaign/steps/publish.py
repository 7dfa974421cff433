"""From the staging folder to the output folder, all at once."""

import logging
from itertools import chain

import polars as pl

from siei_match.campaign.answers import REPONSES
from siei_match.campaign.cohorts import PROFILS
from siei_match.campaign.earlier import REGISTRE
from siei_match.campaign.judgements import DOUTES
from siei_match.campaign.linkage import (
    describe_counts,
    describe_errors,
    describe_judgements,
    describe_pass,
    describe_thresholds,
)
from siei_match.campaign.results import Counted, Exclues, PreparedRun, Verdict
from siei_match.campaign.rights import read_rejets
from siei_match.campaign.steps.link import MODELE
from siei_match.campaign.worksite import Worksite
from siei_match.output import CAMPAGNES, PreparedCampaign, place_staging
from siei_match.output.audit import Body, make_body
from siei_match.output.manifest import Execution, FichierMemoire, FichierRecu, ManifestCampaign
from siei_match.output.memory.answers import list_collected
from siei_match.output.memory.judgements import list_revues
from siei_match.reference.delivery import Livraison
from siei_match.reference.files import file_sha256
from siei_match.reference.nomenclatures import Psad, load_psad
from siei_match.reference.settings import key_id, load_key
from siei_match.stages.publish import Resultats, publish_campaign

logger = logging.getLogger(__name__)


def publish(chantier: Worksite, livraison: Livraison, counted: Counted) -> PreparedRun:
    """Write what the contract lists beside what stands there, then put it in place.

    Of a run `a_blanc` everything is written, and nothing put in place.
    """
    psad = load_psad(chantier.reglages.psad)
    execution = describe_execution(chantier, livraison, counted, psad)
    with chantier.suivi.step("publish", 2) as avancee:
        manifeste = publish_campaign(
            chantier.staging,
            execution,
            Resultats(
                identites=chantier.read("identites"),
                liens=chantier.read("liens"),
                decisions=chantier.read("decisions"),
                devenirs=chantier.read("devenirs"),
                signalements=chantier.read("signalements"),
                rejets=read_rejets(chantier, livraison, counted.identite.exclues),
                redirections=chantier.read("redirections"),
                listes=chantier.read("liste"),
                psad=psad.zones.with_columns(oui_non("synthetique")),
                psad_communes=psad.communes,
            ),
            annexes={name: chantier.find(name) for name in (PROFILS, REGISTRE, REPONSES, DOUTES)},
        )
        avancee.advance()
        if not chantier.a_blanc:
            place_staging(chantier.staging, describe_run(chantier), load_key(chantier.reglages))
        avancee.advance()
    return PreparedRun(
        code=livraison.campagne.code,
        sortie=str(chantier.staging.sortie),
        campagne=str(chantier.staging.placed),
        plateformes=counted.routage.plateformes,
        comptes=manifeste.etapes,
        a_blanc=chantier.a_blanc,
    )


def describe_run(chantier: Worksite) -> Body | None:
    """Return the entry of the audit log: which campaign, sealed by its manifest."""
    acteur, staging = chantier.acteur, chantier.staging
    if acteur is None:
        return None
    sealed = PreparedCampaign(staging.code, staging.campagne).manifest_seal(CAMPAGNES)
    return make_body("run", acteur.par, acteur.quand, {"campagne": staging.code}, sealed)


def describe_execution(
    chantier: Worksite, livraison: Livraison, counted: Counted, psad: Psad
) -> Execution:
    """Say what the manifest cannot read in the tables: the delivery, the settings, the model."""
    liaison, verdict = counted.liaison, counted.verdict
    exclues = counted.identite.exclues
    return Execution(
        campagne=ManifestCampaign(**livraison.campagne.model_dump()),
        entrees=tuple(
            FichierRecu(
                extrait=compte.extrait,
                nom=compte.fichier,
                sha256=file_sha256(chantier.dossier / compte.fichier),
                lignes=compte.lues,
                valides=compte.valides - exclues.lignes.get(compte.fichier, 0),
                rejetees=compte.rejetees + exclues.lignes.get(compte.fichier, 0),
            )
            for compte in counted.controle.fichiers
        ),
        reglages=chantier.reglages.public(),
        cle=key_id(load_key(chantier.reglages)),
        zones=dict(psad.empreintes),
        etapes={
            **describe_counts(liaison.counts),
            **{f"methode_{nom}": n for nom, n in counted.identite.methodes.items()},
            **verdict.reponses,
            **count_rights(exclues, verdict),
        },
        avertissements=tuple(
            avertissement.rapport
            for avertissement in chain(
                livraison.avertissements,
                *(compte.avertissements for compte in counted.controle.fichiers),
                psad.avertissements,
                verdict.avertissements,
            )
        ),
        modele=chantier.read_note(MODELE),
        erreurs_estimees=describe_errors(liaison.errors),
        seuils=describe_thresholds(liaison.thresholds),
        memoire=tuple(
            FichierMemoire(
                chemin=str(path.relative_to(chantier.staging.sortie)), sha256=file_sha256(path)
            )
            for path in (
                *list_collected(chantier.staging.sortie),
                *list_revues(chantier.staging.sortie),
            )
        ),
        passes=tuple(describe_pass(done) for done in liaison.counts.passes),
        revues=describe_judgements(liaison.judgements),
    )


def count_rights(exclues: Exclues, verdict: Verdict) -> dict[str, int]:
    """Count what people's rights changed; nothing where nobody used any."""
    found = {
        "personnes_exclues": exclues.personnes,
        "lignes_exclues": sum(exclues.lignes.values()),
        "rectifications": verdict.rectifications,
    }
    return {nom: n for nom, n in found.items() if n}


def oui_non(colonne: str) -> pl.Expr:
    return pl.when(colonne).then(pl.lit("oui")).otherwise(pl.lit("non")).alias(colonne)
