"""From the staging folder to the output folder, all at once."""

import logging
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain

import polars as pl

from siei_match.campaign.answers import REPONSES
from siei_match.campaign.cohorts import PROFILS
from siei_match.campaign.earlier import REGISTRE
from siei_match.campaign.fairness import compare_groups
from siei_match.campaign.judgements import DOUTES
from siei_match.campaign.linkage import (
    describe_counts,
    describe_errors,
    describe_judgements,
    describe_pass,
    describe_thresholds,
    warn_of_lives,
)
from siei_match.campaign.movements import MOUVEMENTS
from siei_match.campaign.results import Counted, Excluded, PreparedRun, Verdict
from siei_match.campaign.rights import read_rejets
from siei_match.campaign.steps.decide import HANGING
from siei_match.campaign.steps.link import APPLIED, MODELE
from siei_match.campaign.steps.route import CONTACTS, STUDIES
from siei_match.campaign.unseen import describe_unseen
from siei_match.campaign.worksite import Worksite
from siei_match.output import CAMPAGNES, PreparedCampaign, newest_prepared, place_staging
from siei_match.output.audit import Body, make_body
from siei_match.output.bac import BAC
from siei_match.output.freshness import earlier_states, find_stale
from siei_match.output.manifest import (
    CompanionFile,
    Execution,
    Manifest,
    ManifestCampaign,
    MemoryFile,
    ReceivedFile,
    ReleaseCheck,
)
from siei_match.output.memory.answers import list_collected
from siei_match.output.memory.judgements import list_revues
from siei_match.output.models import list_models
from siei_match.reference.delivery import Delivery
from siei_match.reference.errors import Notice
from siei_match.reference.files import file_sha256
from siei_match.reference.nomenclatures import Psad, load_psad
from siei_match.reference.settings import key_id, load_key
from siei_match.reference.vocabulary import RETOURS
from siei_match.stages.extract import list_companions, require_unchanged
from siei_match.stages.publish import CampaignTables, publish_campaign
from siei_match.stages.publish.campaign import count_steps
from siei_match.stages.publish.gates import Volumes, check_gates, count_volumes, received

logger = logging.getLogger(__name__)

ANNEXES = (PROFILS, REGISTRE, REPONSES, DOUTES, BAC, HANGING, STUDIES)
"""Written already as they are to be: their owner's alone."""


def publish(worksite: Worksite, delivery: Delivery, counted: Counted) -> PreparedRun:
    """Write what the contract lists beside what stands there, then put it in place.

    Of a run `dry` everything is written, and nothing put in place.
    """
    psad = load_psad(worksite.reglages.psad, delivery.campagne.date_observation)
    execution = describe_execution(worksite, delivery, counted, psad)

    def judge(told: Execution) -> Execution:
        judged = told.model_copy(update={"groupes": compare_groups(worksite, delivery, psad)})
        checks = look_ahead(worksite, judged, tables)
        return judged.model_copy(update={"controles": checks})

    tables = CampaignTables(
        identites=worksite.open("identites"),
        identites_seuils=worksite.read("identites_seuils"),
        liens=worksite.open("liens"),
        decisions=worksite.open("decisions"),
        devenirs=worksite.read("devenirs"),
        signalements=worksite.read("signalements"),
        mouvements=worksite.read(MOUVEMENTS),
        rejets=read_rejets(worksite, delivery, counted.identified.exclues),
        redirections=worksite.read("redirections"),
        listes=worksite.read("liste"),
        psad=psad.zones.with_columns(yes_or_no("synthetique")),
        psad_communes=psad.communes,
        reponses=worksite.read(REPONSES),
        contacts=worksite.read(CONTACTS),
        bac_general=pl.read_parquet(worksite.find(BAC), glob=False),
    )
    with worksite.progress.step("publish", 2) as bar:
        manifest = publish_campaign(
            worksite.staging,
            execution,
            tables,
            annexes={name: worksite.find(name) for name in ANNEXES},
            judge=judge,
        )
        bar.advance()
        if not worksite.dry:
            place_staging(
                worksite.staging,
                describe_run(worksite),
                load_key(worksite.reglages),
                worksite.reglages.ancre_audit,
            )
        bar.advance()
    return PreparedRun(
        code=delivery.campagne.code,
        sortie=str(worksite.staging.sortie),
        campagne=str(worksite.staging.placed),
        platforms=counted.routing.platforms,
        counts=manifest.etapes,
        dry=worksite.dry,
        dossier=str(worksite.dossier.resolve()),
        stale={} if worksite.dry else find_stale(worksite.staging.sortie),
    )


def look_ahead(
    worksite: Worksite, execution: Execution, tables: CampaignTables
) -> tuple[ReleaseCheck, ...]:
    """Say what the gates of the release find now: the report tells it, the release looks again."""
    staging = worksite.staging
    told = Manifest(
        **execution.model_dump(exclude={"etapes"}),
        etapes=count_steps(execution, tables),
        fichiers=(),
    )
    listed = tables.listes.group_by("psad").len()
    volumes = Volumes(staging.code, dict(listed.iter_rows()), received(told))
    before = count_volumes(newest_prepared(staging.sortie, staging.code))
    return tuple(
        ReleaseCheck(nom=gate.nom, tenu=gate.held, constat=gate.finding)
        for gate in check_gates(told, volumes, before, worksite.reglages)
    )


def describe_run(worksite: Worksite) -> Body | None:
    """Return the entry of the audit log: which campaign, sealed by its manifest."""
    actor, staging = worksite.actor, worksite.staging
    if actor is None:
        return None
    sealed = PreparedCampaign(staging.code, staging.campagne).manifest_seal(CAMPAGNES)
    return make_body("run", actor.par, actor.quand, actor.sign({"campagne": staging.code}), sealed)


def describe_execution(
    worksite: Worksite, delivery: Delivery, counted: Counted, psad: Psad
) -> Execution:
    """Say what the manifest cannot read in the tables: the delivery, the settings, the model."""
    linkage, verdict = counted.linkage, counted.verdict
    exclues, plausibility = counted.identified.exclues, counted.checked.plausibility
    return Execution(
        campagne=ManifestCampaign(**delivery.campagne.model_dump()),
        entrees=tuple(describe_received(worksite, delivery, counted)),
        annees=plausibility.annees,
        invraisemblances=tuple(alarm.said for alarm in plausibility.alarms),
        reglages=worksite.reglages.public(),
        cle=key_id(load_key(worksite.reglages)),
        zones=dict(psad.empreintes),
        etapes={
            **describe_counts(linkage.counts),
            **{f"methode_{name}": n for name, n in counted.identified.methods.items()},
            **verdict.reponses,
            **count_rights(exclues, verdict),
        },
        avertissements=tuple(
            avertissement.rapport
            for avertissement in chain(
                keep_true(delivery.avertissements, verdict),
                *(counted_file.avertissements for counted_file in counted.checked.fichiers),
                plausibility.notices,
                warn_of_lives(linkage.counts.beyond_a_life),
                psad.avertissements,
                verdict.avertissements,
            )
        ),
        modele=worksite.read_note(MODELE),
        modele_applique=worksite.read_note(APPLIED),
        erreurs_estimees=describe_errors(linkage.errors),
        invisibles=describe_unseen(worksite),
        seuils=describe_thresholds(linkage.thresholds),
        memoire=tuple(
            MemoryFile(
                chemin=str(path.relative_to(worksite.staging.sortie)), sha256=file_sha256(path)
            )
            for path in (
                *list_collected(worksite.staging.sortie),
                *list_revues(worksite.staging.sortie),
                *list_models(worksite.staging.sortie, worksite.reglages.modele),
            )
        ),
        anterieures=earlier_states(worksite.staging.sortie, delivery.campagne.code),
        passes=tuple(describe_pass(done) for done in linkage.counts.passes),
        revues=describe_judgements(linkage.judgements),
    )


def keep_true(notices: Iterable[Notice], verdict: Verdict) -> Iterator[Notice]:
    """Leave out that no answers were delivered where platforms were asked for them directly."""
    collected = verdict.reponses.get("retours_collectes", 0)
    return (notice for notice in notices if not (notice.absent == RETOURS and collected))


def describe_received(
    worksite: Worksite, delivery: Delivery, counted: Counted
) -> Iterator[ReceivedFile]:
    """Say what each file was, and what became of its rows; the excluded count as rejected."""
    exclues, checked = counted.identified.exclues, counted.checked
    tallies = {tally.fichier: tally for tally in checked.plausibility.fichiers}
    for fichier, counted_file in zip(delivery.fichiers, checked.fichiers, strict=True):
        excluded = exclues.lignes.get(counted_file.fichier, 0)
        tally = tallies[counted_file.fichier]
        yield ReceivedFile(
            extrait=counted_file.extrait,
            nom=counted_file.fichier,
            sha256=file_sha256(worksite.dossier / counted_file.fichier),
            lignes=counted_file.rows_read,
            valides=counted_file.valides - excluded,
            rejetees=counted_file.rejetees + excluded,
            annee_scolaire=tally.annee_scolaire,
            compagnons=tuple(
                CompanionFile(nom=name, sha256=file_sha256(worksite.dossier / name))
                for name in list_companions(worksite.dossier, fichier)
            ),
            colonnes=tally.colonnes,
            date_extraction=fichier.date_extraction,
            dernier_fait=tally.dernier_fait and date.fromisoformat(tally.dernier_fait),
        )
    # What these hashes are of is what was read.
    require_unchanged(worksite.dossier, delivery.states, delivery.states)


def count_rights(exclues: Excluded, verdict: Verdict) -> dict[str, int]:
    """Count what people's rights changed; nothing where nobody used any."""
    found = {
        "personnes_exclues": exclues.personnes,
        "lignes_exclues": sum(exclues.lignes.values()),
        "rectifications": verdict.rectifications,
    }
    return {name: n for name, n in found.items() if n}


def yes_or_no(column: str) -> pl.Expr:
    return pl.when(column).then(pl.lit("oui")).otherwise(pl.lit("non")).alias(column)
