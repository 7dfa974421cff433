"""Were the campaigns before this one run again since? Then it is not what it would be today."""

from pathlib import Path

from siei_match.output.freshness import find_stale
from siei_match.reference.french import french_of_month
from siei_match.stages.publish.gates import Gate


def earlier_gate(sortie: Path, code: str) -> Gate:
    """Return the gate: it holds where an earlier campaign has changed since this one was made.

    Raises:
        OutputError: a manifest cannot be read.
    """
    changed = find_stale(sortie).get(code, ())
    if not changed:
        return Gate("campagnes_anterieures", False, "aucune n'a changé depuis.")
    named = " et ".join(map(french_of_month, changed))
    again = "celle %s soit exécutée" if len(changed) == 1 else "celles %s soient exécutées"
    return Gate(
        "campagnes_anterieures",
        True,
        f"préparée avant que {again % named} de nouveau : identifiants et premiers signalements sont "
        "ceux d'avant. Exécuter siei refresh.",
    )
