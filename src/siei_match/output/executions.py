"""What each run took: a line of memoire/executions.jsonl. It differs from run to run, so that no
sealed file holds it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from siei_match.output.layout import MEMOIRE
from siei_match.reference.creation import add_line
from siei_match.reference.files import output_guard

EXECUTIONS: Final = "executions.jsonl"


def note_execution(sortie: Path, told: Mapping[str, Any]) -> None:
    """Add a line. Codes, names of stages and figures only.

    Raises:
        OutputError: the disk refused.
    """
    folder = sortie / MEMOIRE
    with output_guard(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        add_line(folder / EXECUTIONS, json.dumps(told, ensure_ascii=False))
