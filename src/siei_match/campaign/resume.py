"""Taking up a run where it stopped: the stages done on the very same inputs are not done again.

The staging folder of a run with `resume` is kept when the run stops, its owner's alone as ever.
It holds what each stage has written, what the parts of one gave that a stage is cut in, and `etapes.json`: a digest of everything that a run reads,
then per stage its counts and the seals of the tables as it left them. The next run with
`resume` goes on after the last stage whose tables all stand; any other command that writes
into the output folder removes the staging.
"""

import ast
import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, get_type_hints

import polars as pl
from pydantic import TypeAdapter

from siei_match import __version__
from siei_match.campaign.worksite import Worksite
from siei_match.output import MEMOIRE, prepared_campaigns
from siei_match.output.seals import Seal
from siei_match.reference.contracts import schemas_root
from siei_match.reference.delivery import Delivery
from siei_match.reference.files import (
    DRAFT,
    PRIVATE,
    bytes_sha256,
    replacing,
    sha256_if_any,
    write_text,
)
from siei_match.reference.settings import key_id, load_keys
from siei_match.stages.extract import CAMPAGNE_TOML, list_companions

logger = logging.getLogger(__name__)

Step = Callable[..., Any]
CODE: Final = Path(__file__).parents[1]
UNREAD: Final = ("audit.", "executions.", "portail.")
"""Files of DIR/memoire that no run reads, and that change between two runs."""


def resuming(worksite: Worksite, delivery: Delivery, stage: Callable[[Step], Step]) -> Any:
    """Return `stage`, which passes over the steps that a stopped run has done, and notes the rest."""
    reprise = TakenUp(worksite, digest_inputs(worksite, delivery))
    reprise.take_up()

    def staged(step: Step) -> Step:
        def run(*arguments: Any) -> Any:
            kept = reprise.recall(step)
            if kept is not None:
                return kept
            result = stage(step)(*arguments)
            reprise.note(step, result)
            return result

        return run

    return staged


class TakenUp:
    """The stages done so far, as `etapes.json` in the staging folder tells them."""

    def __init__(self, worksite: Worksite, empreinte: str) -> None:
        self._worksite = worksite
        self._empreinte = empreinte
        self._done: dict[str, tuple[str, dict[str, Seal]]] = {}
        self._same = False

    def take_up(self) -> None:
        """Find the last stage whose tables all stand, and remove what came after it."""
        travail, seals = self._worksite.staging.travail, self._worksite.seals
        found = list(self._read().items())
        while found and not seals.restore(found[-1][1][1]):
            found.pop()
        self._done = dict(found)
        for stranger in seals.strangers(path for path in travail.rglob("*") if path.is_file()):
            stranger.unlink()
        if not self._same:
            self._worksite.parts.clear()
        self._worksite.parts.keep(self._empreinte)
        if found:
            logger.info("Taken up after %s: the stages before stand as they were.", found[-1][0])

    def recall(self, step: Step) -> Any:
        """Return what a step gave in the run that stopped; None if it is to be run."""
        if step.__name__ not in self._done:
            return None
        told = ast.literal_eval(self._done[step.__name__][0])
        logger.info("%s: done before.", step.__name__)
        return TypeAdapter(get_type_hints(step)["return"]).validate_python(told)

    def note(self, step: Step, result: Any) -> None:
        """Note that a step is done, and what its tables are."""
        told = repr(asdict(result))
        if not _is_plain(told):
            return
        self._done[step.__name__] = (told, self._worksite.seals.told())
        path = self._worksite.staging.etapes
        content = {"empreinte": self._empreinte, "etapes": self._done}
        with replacing(path, PRIVATE) as draft:
            write_text(draft, json.dumps(content), PRIVATE)

    def _read(self) -> dict[str, tuple[str, dict[str, Seal]]]:
        try:
            content = json.loads(self._worksite.staging.etapes.read_text("utf-8"))
            same = content["empreinte"] == self._empreinte
            etapes = {
                step_name: (str(told), {name: (int(s), int(c)) for name, (s, c) in seals.items()})
                for step_name, (told, seals) in content["etapes"].items()
                if _is_plain(told)
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            same, etapes = False, {}
        if not same:
            logger.warning("What the last run left was made from something else: begun anew.")
        self._same = same
        return etapes if same else {}


def digest_inputs(worksite: Worksite, delivery: Delivery) -> str:
    """Return a digest of everything that the tables of a run depend on.

    The delivery, the settings, the keys, the earlier campaigns, what DIR/memoire holds, this code.
    """
    sortie, settings = worksite.staging.sortie, worksite.reglages
    told = [
        json.dumps([__version__, pl.__version__]),
        json.dumps(settings.public(), sort_keys=True),
        json.dumps([key_id(key) for key in load_keys(settings)]),
    ]
    names = [CAMPAGNE_TOML]
    for fichier in delivery.fichiers:
        names += [fichier.nom, *list_companions(worksite.dossier, fichier)]
    manifests = [campaign.manifest_path for campaign in prepared_campaigns(sortie).values()]
    memory = [path for path in _files(sortie / MEMOIRE) if _is_read(path)]
    for root, paths in (
        (worksite.dossier, [worksite.dossier / step_name for step_name in names]),
        (sortie, [*manifests, *memory]),
        *((root, _files(root)) for root in (settings.psad, schemas_root()) if root is not None),
        # Two versions under way may bear the same number.
        (CODE, [path for path in _files(CODE) if path.suffix in {".py", ".sql"}]),
    ):
        told += (f"{path.relative_to(root)}\n{sha256_if_any(path)}\n" for path in paths)
    return bytes_sha256("".join(told).encode())


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def _is_read(path: Path) -> bool:
    return path.suffix != DRAFT and not path.name.startswith(UNREAD)


def _is_plain(told: str) -> bool:
    try:
        ast.literal_eval(told)
    except (ValueError, SyntaxError):
        return False
    return True
