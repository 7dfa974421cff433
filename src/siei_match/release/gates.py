"""What holds a release back until a person says why not: pure, from counts alone.

Each gate says in French what it found; it may be overridden by its name (`policies`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from siei_match.output.manifest import Manifeste
from siei_match.reference.french import french_percent
from siei_match.reference.settings import Settings
from siei_match.reference.vocabulary import (
    DIPLOMES_AGRICOLES,
    EXTRAITS_REQUIS,
    MISSIONS_LOCALES,
    RETOURS,
)

ATTENDUS: Final = (*EXTRAITS_REQUIS, MISSIONS_LOCALES, DIPLOMES_AGRICOLES)
TOO_FEW: Final = "trop_peu_de_personnes"
"""Nobody can do anything about this reason: what a small delivery is worth, its reader sees."""
SHOWN: Final = 5
"""Platforms named in a message; the others are counted."""


@dataclass(frozen=True)
class Garde:
    """A gate: `tenue` if it holds the release back, `constat` what it found."""

    nom: str
    tenue: bool
    constat: str


@dataclass(frozen=True)
class Volumes:
    """How many are listed at each platform, in one campaign."""

    code: str
    effectifs: Mapping[str, int]
    extraits: frozenset[str] = frozenset()
    """What the campaign was made from."""

    @property
    def total(self) -> int:
        return sum(self.effectifs.values())


def check_gates(
    manifeste: Manifeste, volumes: Volumes, precedente: Volumes | None, reglages: Settings
) -> tuple[Garde, ...]:
    """Return every gate, in a fixed order, those that hold and those that do not."""
    return (
        _rejets(manifeste, reglages.garde_rejets),
        _volume(volumes, precedente, reglages.garde_volume),
        _plateformes(volumes, precedente, reglages),
        _a_verifier(manifeste, reglages.garde_a_verifier),
        _erreurs(manifeste, reglages),
        _sources(manifeste, precedente),
    )


def _rejets(manifeste: Manifeste, limite: float) -> Garde:
    taux = {f.nom: f.rejetees / f.lignes for f in manifeste.entrees if f.lignes}
    pire = max(taux, key=lambda nom: taux[nom], default=None)
    if pire is None:
        return Garde("rejets", True, "aucune ligne reçue.")
    trop = sum(valeur > limite for valeur in taux.values())
    constat = f"au plus {percent(taux[pire])} de lignes rejetées ({pire}), seuil {percent(limite)}"
    return Garde("rejets", trop > 0, f"{constat} ; {trop} fichier(s) au-dessus.")


def _volume(volumes: Volumes, precedente: Volumes | None, limite: float) -> Garde:
    if precedente is None or not precedente.total:
        constat = f"{volumes.total} jeunes signalés ; pas de campagne antérieure à comparer."
        return Garde("volume", volumes.total == 0, constat)
    ecart = volumes.total / precedente.total - 1
    constat = (
        f"{volumes.total} jeunes signalés, {precedente.total} en {precedente.code} "
        f"({percent(ecart, signed=True)}, seuil ± {percent(limite)})."
    )
    return Garde("volume", abs(ecart) > limite, constat)


def _plateformes(volumes: Volumes, precedente: Volumes | None, reglages: Settings) -> Garde:
    if precedente is None:
        return Garde("volume_psad", False, "pas de campagne antérieure à comparer.")
    loin = sorted(
        psad
        for psad in set(volumes.effectifs) | set(precedente.effectifs)
        if _is_far(volumes.effectifs.get(psad, 0), precedente.effectifs.get(psad, 0), reglages)
    )
    limite = f"plus de {percent(reglages.garde_volume_psad)} d'écart avec {precedente.code}"
    if not loin:
        return Garde("volume_psad", False, f"aucune plateforme à {limite}.")
    named = ", ".join(loin[:SHOWN]) + (f" et {len(loin) - SHOWN} autres" * (len(loin) > SHOWN))
    return Garde("volume_psad", True, f"{len(loin)} plateforme(s) à {limite} : {named}.")


def _is_far(now: int, before: int, reglages: Settings) -> bool:
    if max(now, before) < reglages.garde_effectif:
        return False
    return abs(now - before) > reglages.garde_volume_psad * before


def _a_verifier(manifeste: Manifeste, limite: float) -> Garde:
    listes, doute = manifeste.etapes.get("listees", 0), manifeste.etapes.get("a_verifier", 0)
    part = doute / listes if listes else 0.0
    constat = f"{percent(part)} des jeunes signalés sont à vérifier, seuil {percent(limite)}."
    return Garde("a_verifier", part > limite, constat)


def _erreurs(manifeste: Manifeste, reglages: Settings) -> Garde:
    mesure = manifeste.erreurs_estimees
    if mesure is None or mesure.ensemble is None:
        motif = mesure.motif if mesure else "absente du manifeste"
        constat = f"les erreurs du rapprochement ne sont pas mesurées ({motif})."
        return Garde("erreurs", motif != TOO_FEW, constat)
    faux = mesure.ensemble.taux_faux.estimation
    manques = mesure.ensemble.taux_manques.estimation
    constat = (
        f"rapprochements faux {percent(faux)} (seuil {percent(reglages.garde_faux)}), "
        f"manqués {percent(manques)} (seuil {percent(reglages.garde_manques)})."
    )
    tenue = faux > reglages.garde_faux or manques > reglages.garde_manques
    return Garde("erreurs", tenue, constat)


def _sources(manifeste: Manifeste, precedente: Volumes | None) -> Garde:
    recus = received(manifeste)
    attendus = {*ATTENDUS, *((precedente.extraits - {RETOURS}) if precedente else ())}
    absents = sorted(attendus - recus)
    constat = f"sans {', '.join(absents)}." if absents else "toutes les sources sont là."
    return Garde("sources", bool(absents), constat)


def received(manifeste: Manifeste) -> frozenset[str]:
    """Return the extracts that brought at least one row."""
    return frozenset(fichier.extrait for fichier in manifeste.entrees if fichier.lignes)


def percent(part: float, *, signed: bool = False) -> str:
    """0.0123 → 1,2 %; a share that is not zero never shows as zero."""
    if not signed and 0 < part < 0.0005:
        return "< 0,1 %"
    return french_percent(part, signed=signed, space=" ", minus="-")
