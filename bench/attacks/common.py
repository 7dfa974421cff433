"""What the attacks share: the machine's other user, the command line, the place."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CODE: Final = "2026-10"
NEXT: Final = "2027-03"
KEY: Final = "0123456789abcdef" * 4
NOBODY: Final = 65534
COMMENT: Final = "COMMENTAIRE-POUR-NOUS-SEULS"

Found = tuple[bool, str]


def as_nobody(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as another user of this machine, where we may."""
    other = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    whole = [*(other if os.geteuid() == 0 else ()), *command]
    return subprocess.run(
        whole, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True
    )


def siei(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "siei_match.cli", *arguments],
        env={**os.environ, "SIEI_CLE": KEY, **environment}, capture_output=True, text=True,
    )  # fmt: skip


def log_of(out: Path) -> list[dict]:
    lines = (out / "memoire" / "audit.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]
