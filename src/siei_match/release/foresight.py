"""What an act would do, without doing it: nothing is written, no lock is taken, nothing is noted."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from siei_match.output import PreparedCampaign, is_list, require_prepared
from siei_match.reference.errors import OutputError
from siei_match.reference.files import sha256_if_any
from siei_match.reference.settings import Settings
from siei_match.release.acts import Situation, situate
from siei_match.release.counts import count_platforms
from siei_match.release.policies import require_gates, require_transition
from siei_match.release.states import Act, ReleaseState


@dataclass(frozen=True)
class Foresight:
    """What would become of a campaign: `to`, or the `refusal` that the act would meet."""

    situation: Situation
    acte: Act
    to: ReleaseState | None
    refusal: OutputError | None
    platforms: int
    listed: int
    """Rows over all its lists."""


def foresee(
    sortie: Path,
    code: str,
    settings: Settings,
    *,
    acte: Act = Act.PUBLISH,
    despite: Mapping[str, str] | None = None,
) -> Foresight:
    """Say what an act would do with a campaign: as `release`, `withdraw` and `archive` decide it.

    Args:
        sortie: the output folder.
        code: the campaign.
        settings: the gates' thresholds.
        acte: which act.
        despite: gates that would be overridden, each with its reason.

    Raises:
        OutputError: no such campaign, or it is damaged.
    """
    situation = situate(sortie, code, settings)
    prepared = require_prepared(sortie, code)
    tallies = count_platforms(prepared, sortie)
    to, refusal = None, None
    try:
        to = require_transition(code, situation.etat, acte)
        if acte == Act.PUBLISH:
            require_gates(code, situation.gates, despite or {})
            _require_sealed(prepared)
    except OutputError as refused:
        to, refusal = None, refused
    return Foresight(situation, acte, to, refusal, tallies.height, int(tallies["inscrits"].sum()))


def _require_sealed(prepared: PreparedCampaign) -> None:
    for sealed in prepared.manifest().fichiers:
        path = prepared.folder / sealed.chemin
        if is_list(sealed.chemin) and sha256_if_any(path) != sealed.sha256:
            raise OutputError(
                f"{path} is not the file of its manifest.",
                remedy="Run that campaign again; nothing was released.",
                code="fichier_de_sortie",
            )
