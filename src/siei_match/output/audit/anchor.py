"""Where the end of the audit log is noted outside of the folder that whoever alters it can write.

A log cannot prove that its end was not cut, nor that it was not replaced by an older copy of
itself: what says so must stand elsewhere. A file of another owner, of another disk or that takes
additions only (`chattr +a`), or the system's own log.
"""

import re
import syslog
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from siei_match.reference.creation import add_line
from siei_match.reference.errors import OutputError
from siei_match.reference.files import flush

SYSLOG: Final = "syslog"
LINE: Final = re.compile(r"([0-9]{1,12}) ([0-9a-f]{64})")


def cast_anchor(anchor: str, sortie: Path, n: int, empreinte: str) -> None:
    """Note entry `n` and its hash at `anchor`: a file, or `syslog`.

    Raises:
        OutputError: it is in the output folder itself, or cannot be written.
    """
    if anchor == SYSLOG:
        syslog.syslog(
            syslog.LOG_AUTH | syslog.LOG_NOTICE, f"siei audit {sortie.resolve()} {n} {empreinte}"
        )
        return
    path = Path(anchor)
    if path.resolve().is_relative_to(sortie.resolve()):
        raise OutputError(
            f"The anchor of the audit log, {path}, stands in the output folder: who alters one "
            "alters the other.",
            remedy="Name a file elsewhere as ancre_audit, best on another disk.",
        )
    try:
        add_line(path, f"{n} {empreinte}")
        flush(path)
    except OSError as failure:
        raise OutputError(
            f"The anchor of the audit log, {path}, cannot be written: {failure.strerror}.",
            remedy="Put it right, or change ancre_audit. The act is noted in the log, and was not done.",
        ) from None


def read_anchor(anchor: str) -> Iterator[tuple[int, str]]:
    """Give each entry that a file notes: its number and its hash. Nothing of syslog is read.

    Raises:
        OutputError: the file cannot be read, or a line of it is none of ours.
    """
    if anchor == SYSLOG:
        return
    try:
        lines = Path(anchor).read_text("ascii", errors="replace").splitlines()
    except OSError as failure:
        raise OutputError(
            f"The anchor of the audit log, {anchor}, cannot be read: {failure.strerror}.",
            remedy="Without it nothing says that the log's end was not cut: find out who removed it.",
        ) from None
    for rank, line in enumerate(lines, 1):
        found = LINE.fullmatch(line)
        if found is None:
            raise OutputError(
                f"Line {rank} of {anchor} is no anchor of an audit log.",
                remedy="Name as ancre_audit a file that nothing else writes.",
            )
        yield int(found[1]), found[2]
