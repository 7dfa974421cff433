"""What a scheduled run tells: two artifacts of counts and one event; never a name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.events import emit_event
from prefect.runtime import flow_run

from siei_match.campaign.results import PreparedRun
from siei_match.campaign.summaries import tell_in_a_line, tell_prepared
from siei_match.reference.settings import Settings
from siei_match.release import Gate, situate

PREPARED: Final = "siei.campagne.preparee"
"""The event of a run whose campaign may be released."""
HELD_BACK: Final = "siei.campagne.retenue"
"""The event of a run whose campaign a gate holds back."""


def report(prepared: PreparedRun, settings: Settings) -> None:
    """Show the counts in Prefect's pages, and say whether a gate holds the release back."""
    gates: Sequence[Gate] = ()
    if not prepared.dry:
        gates = situate(Path(prepared.sortie), prepared.code, settings).gates
    key = f"campagne-{prepared.code}"
    create_markdown_artifact(tell_markdown(prepared, gates), key)
    create_table_artifact(
        [{"compte": name, "nombre": n} for name, n in prepared.counts.items()], f"{key}-comptes"
    )
    if prepared.dry:
        return
    held = [f"{gate.nom} ({gate.finding})" for gate in gates if gate.held]
    emit_event(
        HELD_BACK if held else PREPARED,
        {"prefect.resource.id": f"siei.campagne.{prepared.code}"},
        related=[
            {
                "prefect.resource.id": f"prefect.flow-run.{flow_run.id}",
                "prefect.resource.role": "flow-run",
            }
        ],
        payload={"resume": tell_in_a_line(prepared), "gardes": "; ".join(held)},
    )


def tell_markdown(prepared: PreparedRun, gates: Sequence[Gate]) -> str:
    """Return the run as a page of Markdown."""
    line, _, *counts = tell_prepared(prepared)
    page = [f"# Campaign {prepared.code}", "", line, "", "```", *counts, "```"]
    if gates:
        page += ["", "| gate | | what it found |", "|---|---|---|"]
        page += [f"| {g.nom} | {'HELD' if g.held else 'ok'} | {g.finding} |" for g in gates]
        page += ["", f"Next: `siei release {prepared.code} --sortie {prepared.sortie}`"]
    return "\n".join(page)
