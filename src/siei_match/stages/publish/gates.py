"""What holds a release back until a person says why not: pure, from counts alone.

Each gate says in French what it found; it may be overridden by its name (`policies`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from siei_match.output import PreparedCampaign
from siei_match.output.ages import describe_sources, expect_unseen
from siei_match.output.estimates import IntervalRecord
from siei_match.output.manifest import Manifest
from siei_match.reference.french import french_count, french_month, french_number, plain_percent
from siei_match.reference.listing import AUTRES, first_of
from siei_match.reference.settings import Settings
from siei_match.reference.tallies import Kind
from siei_match.reference.vocabulary import (
    DIPLOMES_AGRICOLES,
    MISSIONS_LOCALES,
    REQUIRED_EXTRACTS,
    RETOURS,
)
from siei_match.stages.publish.report.words import LABELS

EXPECTED: Final = (*REQUIRED_EXTRACTS, MISSIONS_LOCALES, DIPLOMES_AGRICOLES)
TOO_FEW: Final = "trop_peu_de_personnes"
"""Nobody can do anything about this reason: what a small delivery is worth, its reader sees."""
SHOWN: Final = 5
"""Platforms, or findings, named in a message; the others are counted."""
PLAUSIBLE: Final[Mapping[Kind, str]] = {
    "colonnes": "les colonnes qui décident sont remplies comme à l'ordinaire.",
    "annees": "les années scolaires sont entières.",
    "extraits": "les autres extraits ont autant de lignes qu'à l'ordinaire.",
}


@dataclass(frozen=True)
class Gate:
    """A gate: `held` if it holds the release back, `finding` what it found."""

    nom: str
    held: bool
    finding: str


@dataclass(frozen=True)
class Volumes:
    """How many are listed at each platform, in one campaign."""

    code: str
    headcounts: Mapping[str, int]
    extracts: frozenset[str] = frozenset()
    """What the campaign was made from."""

    @property
    def total(self) -> int:
        return sum(self.headcounts.values())


def count_volumes(before: PreparedCampaign | None) -> Volumes | None:
    """Return how many the campaign before this one listed, from what names nobody."""
    if before is None:
        return None
    counted = before.table("signalements").group_by("psad").len()
    return Volumes(before.code, dict(counted.iter_rows()), received(before.manifest()))


def check_gates(
    manifest: Manifest, volumes: Volumes, previous: Volumes | None, settings: Settings
) -> tuple[Gate, ...]:
    """Return every gate, in a fixed order, those that hold and those that do not."""
    return (
        _rejets(manifest, settings),
        _volume(volumes, previous, settings.garde_volume),
        _platforms(volumes, previous, settings),
        _a_verifier(manifest, settings.garde_a_verifier),
        _erreurs(manifest, settings),
        _estimations(manifest),
        _equite(manifest, settings.garde_equite),
        _sources(manifest, previous),
        _ages(manifest),
        *(_plausible(manifest, kind) for kind in get_args(Kind)),
    )


def _rejets(manifest: Manifest, settings: Settings) -> Gate:
    rates, limit = _rejection_rates(manifest, settings.rejets_toleres), settings.garde_rejets
    worst = max(rates, key=lambda name: rates[name], default=None)
    if worst is None:
        return Gate("rejets", True, "aucune ligne reçue.")
    excess = sum(value > limit for value in rates.values())
    finding = (
        f"au plus {percent(rates[worst])} de lignes rejetées ({worst}), seuil {percent(limit)}"
    )
    return Gate("rejets", excess > 0, f"{finding} ; {french_count(excess, 'fichier')} au-dessus.")


def _rejection_rates(manifest: Manifest, few: int) -> dict[str, float]:
    """Return the share of rows rejected of each file; of files with a few, of their source as a whole."""
    rates: dict[str, float] = {}
    sources: dict[str, list[int]] = {}
    for file in manifest.entrees:
        source = sources.setdefault(f"{file.extrait} {file.annee_scolaire or ''}".strip(), [0, 0])
        source[0] += file.rejetees
        source[1] += file.lignes
        if file.lignes and (file.rejetees > few or file.rejetees == file.lignes or not few):
            rates[file.nom] = file.rejetees / file.lignes
    if few:
        rates |= {name: n / read for name, (n, read) in sources.items() if read}
    return rates


def _volume(volumes: Volumes, previous: Volumes | None, limit: float) -> Gate:
    if previous is None or not previous.total:
        finding = f"{french_number(volumes.total)} jeunes signalés ; pas de campagne antérieure à comparer."
        return Gate("volume", volumes.total == 0, finding)
    gap = volumes.total / previous.total - 1
    finding = (
        f"{french_number(volumes.total)} jeunes signalés, {french_number(previous.total)} en "
        f"{french_month(previous.code)} "
        f"({percent(gap, signed=True)}, seuil ± {percent(limit)})."
    )
    return Gate("volume", abs(gap) > limit, finding)


def _platforms(volumes: Volumes, previous: Volumes | None, settings: Settings) -> Gate:
    if previous is None:
        return Gate("volume_psad", False, "pas de campagne antérieure à comparer.")
    loin = sorted(
        psad
        for psad in set(volumes.headcounts) | set(previous.headcounts)
        if is_far(volumes.headcounts.get(psad, 0), previous.headcounts.get(psad, 0), settings)
    )
    limit = (
        f"plus de {percent(settings.garde_volume_psad)} d'écart avec {french_month(previous.code)}"
    )
    if not loin:
        return Gate("volume_psad", False, f"aucune plateforme à {limit}.")
    named = first_of(loin, SHOWN, AUTRES)
    return Gate(
        "volume_psad", True, f"{french_count(len(loin), 'plateforme')} à {limit} : {named}."
    )


def is_far(now: int, before: int, settings: Settings) -> bool:
    """Say whether a platform's list is far from what it was; a short one's says nothing."""
    if max(now, before) < settings.garde_effectif:
        return False
    return abs(now - before) > settings.garde_volume_psad * before


def _a_verifier(manifest: Manifest, limit: float) -> Gate:
    lists, doubt = manifest.etapes.get("listees", 0), manifest.etapes.get("a_verifier", 0)
    part = doubt / lists if lists else 0.0
    finding = f"{percent(part)} des jeunes signalés sont à vérifier, seuil {percent(limit)}."
    return Gate("a_verifier", part > limit, finding)


def _erreurs(manifest: Manifest, settings: Settings) -> Gate:
    measure = manifest.erreurs_estimees
    if measure is None or measure.ensemble is None:
        motif = measure.motif if measure else "absente du manifeste"
        finding = f"les erreurs du rapprochement ne sont pas mesurées ({motif})."
        return Gate("erreurs", motif != TOO_FEW, finding)
    faux = measure.ensemble.taux_faux.estimation
    missing = measure.ensemble.taux_manques.estimation
    finding = (
        f"rapprochements faux {percent(faux)} (seuil {percent(settings.garde_faux)}), "
        f"manqués {percent(missing)} (seuil {percent(settings.garde_manques)})."
    )
    held = faux > settings.garde_faux or missing > settings.garde_manques
    return Gate("erreurs", held, finding)


def _estimations(manifest: Manifest) -> Gate:
    """Hold where two ways to estimate the same errors exclude each other: one of them is wrong."""
    measure = manifest.erreurs_estimees
    if measure is None or measure.ensemble is None or measure.seconde is None:
        return Gate("estimations", False, "une seule estimation des erreurs, ou aucune.")
    told = [
        f"{kind} : {between(one)} par les INE cachés, {between(other)} par la seconde estimation"
        for kind, one, other in (
            ("manqués", measure.ensemble.manques, measure.seconde.manques),
            ("faux", measure.ensemble.faux, measure.seconde.faux),
        )
    ]
    held = bool(measure.seconde.desaccords)
    said = "elles s'excluent" if held else "elles ne s'excluent pas"
    return Gate("estimations", held, f"{' ; '.join(told)} ; {said}.")


def between(found: IntervalRecord) -> str:
    return f"{round(found.bas)} à {round(found.haut)} paires"


def _equite(manifest: Manifest, limit: float) -> Gate:
    """Hold where a group's errors are told apart from the others', and far from them.

    Sources are no people: their errors differ by nature, and the gate `erreurs` is theirs. Nor does
    a level of schooling hold: its rate is what the report tells.
    """
    groups = [group for group in manifest.groupes if group.dimension not in ("extrait", "niveau")]
    far = [
        f"{group.dimension} « {group.groupe} » : {kind} {percent(mine.estimation)}, "
        f"{percent(rest.estimation)} ailleurs"
        for group in groups
        for kind, mine, rest in (
            ("manqués", group.taux_manques, group.taux_manques_ailleurs),
            ("faux", group.taux_faux, group.taux_faux_ailleurs),
        )
        if mine and rest and mine.bas > rest.haut and mine.estimation - rest.estimation > limit
    ]
    measured = sum(group.taux_manques is not None for group in groups)
    if not far:
        finding = (
            f"aucun des {measured} groupes mesurés n'a plus de {percent(limit)} d'erreurs de plus."
        )
        return Gate("equite", False, finding)
    more = f" ; et {french_count(len(far) - SHOWN, 'autre')}" * (len(far) > SHOWN)
    return Gate("equite", True, " ; ".join(far[:SHOWN]) + more + f" (seuil {percent(limit)}).")


def _sources(manifest: Manifest, previous: Volumes | None) -> Gate:
    told = received(manifest)
    expected = {*EXPECTED, *((previous.extracts - {RETOURS}) if previous else ())}
    absents = sorted(expected - told)
    finding = (
        f"sans {', '.join(map(named, absents))}." if absents else "toutes les sources sont là."
    )
    return Gate("sources", bool(absents), finding)


def _ages(manifest: Manifest) -> Gate:
    """Tell how old each source of year N is, and how many it may leave unseen; it never holds a release."""
    campaign = manifest.campagne
    ages = {
        source.extrait: source.age
        for source in describe_sources(manifest.entrees, campaign.date_observation)
        if source.annee_scolaire in {None, campaign.annee_scolaire} and source.age is not None
    }
    told = (
        ", ".join(f"{named(extrait)} {french_count(age, 'jour')}" for extrait, age in ages.items())
        or "non notés"
    )
    expected = expect_unseen(manifest.invisibles, manifest.etapes.get("listees", 0))
    found = expected.get("reponses") or expected.get("fichiers")
    unseen = (
        f"de {found.low} à {found.high} des jeunes signalés sont peut-être en formation sans qu'un "
        "fichier le montre"
        if found
        else "combien de jeunes signalés sont en formation sans qu'un fichier le montre ne s'estime pas encore"
    )
    return Gate("fraicheur", False, f"âge des sources au jour d'observation : {told} ; {unseen}.")


def _plausible(manifest: Manifest, kind: Kind) -> Gate:
    """Hold for what was implausible in the delivery, where campagne.toml let the run go on."""
    found = [said.constat for said in manifest.invraisemblances if said.genre == kind]
    if not found:
        return Gate(kind, False, PLAUSIBLE[kind])
    more = f" Et {french_count(len(found) - SHOWN, 'autre')}, voir le rapport." * (
        len(found) > SHOWN
    )
    return Gate(kind, True, " ".join(found[:SHOWN]) + more)


def named(extrait: str) -> str:
    """diplomes_agricoles → diplômes agricoles."""
    label = LABELS.get(extrait, extrait)
    return label[:1].lower() + label[1:]


def received(manifest: Manifest) -> frozenset[str]:
    """Return the extracts that brought at least one row."""
    return frozenset(fichier.extrait for fichier in manifest.entrees if fichier.lignes)


def percent(part: float, *, signed: bool = False) -> str:
    """0.0123 → 1,2 %; a share that is not zero never shows as zero."""
    if not signed and 0 < part < 0.0005:
        return "< 0,1 %"
    return plain_percent(part, signed=signed)
