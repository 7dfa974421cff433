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
from siei_match.release import Garde, situate

PREPAREE: Final = "siei.campagne.preparee"
"""The event of a run whose campaign may be released."""
RETENUE: Final = "siei.campagne.retenue"
"""The event of a run whose campaign a gate holds back."""


def report(prepared: PreparedRun, reglages: Settings) -> None:
    """Show the counts in Prefect's pages, and say whether a gate holds the release back."""
    gardes: Sequence[Garde] = ()
    if not prepared.a_blanc:
        gardes = situate(Path(prepared.sortie), prepared.code, reglages).gardes
    key = f"campagne-{prepared.code}"
    create_markdown_artifact(tell_markdown(prepared, gardes), key)
    create_table_artifact(
        [{"compte": nom, "nombre": n} for nom, n in prepared.comptes.items()], f"{key}-comptes"
    )
    if prepared.a_blanc:
        return
    held = [f"{garde.nom} ({garde.constat})" for garde in gardes if garde.tenue]
    emit_event(
        RETENUE if held else PREPAREE,
        {"prefect.resource.id": f"siei.campagne.{prepared.code}"},
        related=[
            {
                "prefect.resource.id": f"prefect.flow-run.{flow_run.id}",
                "prefect.resource.role": "flow-run",
            }
        ],
        payload={"resume": tell_in_a_line(prepared), "gardes": "; ".join(held)},
    )


def tell_markdown(prepared: PreparedRun, gardes: Sequence[Garde]) -> str:
    """Return the run as a page of Markdown."""
    line, _, *counts = tell_prepared(prepared)
    page = [f"# Campaign {prepared.code}", "", line, "", "```", *counts, "```"]
    if gardes:
        page += ["", "| gate | | what it found |", "|---|---|---|"]
        page += [f"| {g.nom} | {'HELD' if g.tenue else 'ok'} | {g.constat} |" for g in gardes]
        page += ["", f"Next: `siei release {prepared.code} --sortie {prepared.sortie}`"]
    return "\n".join(page)
