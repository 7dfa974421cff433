"""One way to write what people are told or given: beside, note, place.

A file is written beside the one it will be, its owner's alone, then the audit log tells it, then
it takes its name: what the log does not tell is never put in place, and nobody reads half a file.
Changes to whole campaigns go by the journal instead (`output.staging`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from siei_match.output import audit
from siei_match.output.audit import Actor
from siei_match.output.standing import mark_placed
from siei_match.reference.files import (
    PRIVATE,
    create,
    draft_path,
    file_sha256,
    flush,
    output_guard,
    put_in_place,
)


class Drafts:
    """The files of one act that wait for its entry in the audit log."""

    def __init__(self) -> None:
        self.by_target: dict[Path, Path] = {}
        self._names: dict[Path, str] = {}

    def add(self, target: Path, name: str | None = None) -> Path:
        """Return the empty file (0600) in which to write what `target` will be.

        The audit log tells it as `name`, by default that of the file.
        """
        draft = create(draft_path(target), PRIVATE)
        self.by_target[target] = draft
        self._names[target] = name or target.name
        return draft

    def seal(self) -> dict[str, str]:
        """Return the SHA-256 of each file under the name that the log gives it."""
        return {self._names[target]: file_sha256(d) for target, d in self.by_target.items()}


@contextmanager
def placing(
    sortie: Path, acte: str, actor: Actor, *, folder: Path, details: Mapping[str, str | int]
) -> Iterator[Drafts]:
    """Give the drafts of an act; at the end of the block note it, then put them in place.

    Args:
        sortie: the output folder, whose log notes the act.
        acte: one word, as `audit.append` takes it.
        actor: who acts, and when.
        folder: where the files go: it is named if the disk refuses.
        details: what the log tells of the act besides the files.

    Raises:
        OutputError: the disk or the audit log refuses; the files are what they were.
    """
    drafts = Drafts()
    try:
        with output_guard(folder):
            yield drafts
            for draft in drafts.by_target.values():
                flush(draft)
            sealed = drafts.seal()
        audit.append(sortie, acte, actor, details=details, fichiers=sealed)
        with output_guard(folder):
            put_in_place(drafts.by_target)
        mark_placed(f"{acte}: {len(drafts.by_target)} files in {folder}")
    except BaseException:
        for draft in drafts.by_target.values():
            draft.unlink(missing_ok=True)
        raise
