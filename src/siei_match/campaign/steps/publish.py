"""From the staging folder to the output folder, all at once."""

import logging
from collections.abc import Mapping
from itertools import chain

import polars as pl

from siei_match.campaign.answers import REPONSES
from siei_match.campaign.cohorts import PROFILS
from siei_match.campaign.earlier import REGISTRE
from siei_match.campaign.judgements import DOUTES
from siei_match.campaign.results import (
    Controle,
    IdentifiedPeople,
    Liaison,
    PreparedCampaign,
    Routage,
    Verdict,
)
from siei_match.campaign.rights import read_rejets
from siei_match.campaign.steps.link import MODELE
from siei_match.campaign.worksite import Worksite
from siei_match.output import CAMPAGNES, MANIFESTE, publish_staging
from siei_match.output.audit import Body, make_body
from siei_match.output.manifest import (
    ErreursEstimees,
    Execution,
    FichierMemoire,
    FichierRecu,
    ManifestCampaign,
    PasseBlocage,
    Revues,
    SeuilsRetenus,
)
from siei_match.output.memory.answers import list_collected
from siei_match.output.memory.judgements import list_revues
from siei_match.reference.delivery import Livraison
from siei_match.reference.files import file_sha256
from siei_match.reference.nomenclatures import Psad, load_psad
from siei_match.reference.settings import key_id, load_key
from siei_match.stages.extract import hash_file
from siei_match.stages.publish import Resultats, publish_campaign

logger = logging.getLogger(__name__)


def publish(
    chantier: Worksite,
    livraison: Livraison,
    controle: Controle,
    liaison: Liaison,
    identite: IdentifiedPeople,
    verdict: Verdict,
    routage: Routage,
) -> PreparedCampaign:
    """Write what the contract lists beside what stands there, then put it in place.

    Of a run `a_blanc` everything is written, and nothing put in place.
    """
    psad = load_psad(chantier.reglages.psad)
    execution = describe_execution(chantier, livraison, controle, liaison, identite, verdict, psad)
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
                rejets=read_rejets(chantier, livraison, identite.exclues),
                redirections=chantier.read("redirections"),
                listes=chantier.read("listes"),
                psad=psad.zones.with_columns(oui_non("synthetique")),
                psad_communes=psad.communes,
            ),
            annexes={name: chantier.find(name) for name in (PROFILS, REGISTRE, REPONSES, DOUTES)},
        )
        avancee.advance()
        if not chantier.a_blanc:
            publish_staging(chantier.staging, describe_run(chantier), load_key(chantier.reglages))
        avancee.advance()
    return PreparedCampaign(
        code=livraison.campagne.code,
        sortie=str(chantier.staging.sortie),
        campagne=str(chantier.staging.publiee),
        plateformes=routage.plateformes,
        comptes=manifeste.etapes,
        a_blanc=chantier.a_blanc,
    )


def describe_run(chantier: Worksite) -> Body | None:
    """Return the entry of the audit log: which campaign, sealed by its manifest."""
    acteur, staging = chantier.acteur, chantier.staging
    if acteur is None:
        return None
    manifeste = f"{CAMPAGNES}/{staging.code}/{MANIFESTE}"
    sha256 = file_sha256(staging.campagne / MANIFESTE) or ""
    details = {"campagne": staging.code}
    return make_body("run", acteur.par, acteur.quand, details, {manifeste: sha256})


def describe_execution(
    chantier: Worksite,
    livraison: Livraison,
    controle: Controle,
    liaison: Liaison,
    identite: IdentifiedPeople,
    verdict: Verdict,
    psad: Psad,
) -> Execution:
    """Say what the manifest cannot read in the tables: the delivery, the settings, the model."""
    modele = chantier.read_note(MODELE)
    return Execution(
        campagne=ManifestCampaign(**livraison.campagne.model_dump()),
        entrees=tuple(
            FichierRecu(
                extrait=compte.extrait,
                nom=compte.fichier,
                sha256=hash_file(chantier.dossier / compte.fichier),
                lignes=compte.lues,
                valides=compte.valides - identite.exclues.lignes.get(compte.fichier, 0),
                rejetees=compte.rejetees + identite.exclues.lignes.get(compte.fichier, 0),
            )
            for compte in controle.fichiers
        ),
        reglages=chantier.reglages.public(),
        cle=key_id(load_key(chantier.reglages)),
        zones=dict(psad.empreintes),
        etapes={
            **{f"rapprochement_{nom}": n for nom, n in counts(liaison.comptes).items()},
            **{f"methode_{nom}": n for nom, n in identite.methodes.items()},
            **verdict.reponses,
            **count_rights(identite, verdict),
        },
        avertissements=tuple(
            avertissement.rapport
            for avertissement in chain(
                livraison.avertissements,
                *(compte.avertissements for compte in controle.fichiers),
                psad.avertissements,
                verdict.avertissements,
            )
        ),
        modele=modele,
        erreurs_estimees=ErreursEstimees(**liaison.erreurs),
        seuils=SeuilsRetenus(**liaison.seuils),
        memoire=tuple(
            FichierMemoire(
                chemin=str(path.relative_to(chantier.staging.sortie)), sha256=hash_file(path)
            )
            for path in (
                *list_collected(chantier.staging.sortie),
                *list_revues(chantier.staging.sortie),
            )
        ),
        passes=tuple(PasseBlocage(**passe) for passe in liaison.comptes["passes"]),
        revues=None if liaison.revues is None else Revues(**liaison.revues),
    )


def count_rights(identite: IdentifiedPeople, verdict: Verdict) -> dict[str, int]:
    """Count what people's rights changed; nothing where nobody used any."""
    found = {
        "personnes_exclues": identite.exclues.personnes,
        "lignes_exclues": sum(identite.exclues.lignes.values()),
        "rectifications": verdict.rectifications,
    }
    return {nom: n for nom, n in found.items() if n}


def counts(comptes: Mapping[str, object]) -> dict[str, int]:
    """Keep what is a count."""
    return {nom: n for nom, n in comptes.items() if isinstance(n, int)}


def oui_non(colonne: str) -> pl.Expr:
    return pl.when(colonne).then(pl.lit("oui")).otherwise(pl.lit("non")).alias(colonne)
