"""TOML that others wrote, read within bounds: a key of many parts takes minutes and all memory."""

import re
import tomllib
from typing import Any, Final

CHARACTERS_MAX: Final = 200_000
"""A declaration of a thousand files takes half of it."""
LINE_MAX: Final = 4_096
PARTS_MAX: Final = 16
TABLES_MAX: Final = 5_000
QUOTED: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
DEEP: Final = re.compile(rf"(?:[A-Za-z0-9_-]+[ \t]*\.[ \t]*){{{PARTS_MAX},}}")


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text says.

    Raises:
        tomllib.TOMLDecodeError: it is none, or longer, wider or deeper than any that people write.
    """
    if len(text) > CHARACTERS_MAX:
        raise tomllib.TOMLDecodeError(f"more than {CHARACTERS_MAX} characters")
    lines = text.splitlines()
    if any(len(line) > LINE_MAX for line in lines):
        raise tomllib.TOMLDecodeError(f"a line of more than {LINE_MAX} characters")
    if sum(line.lstrip().startswith("[") for line in lines) > TABLES_MAX:
        raise tomllib.TOMLDecodeError(f"more than {TABLES_MAX} tables")
    if any(DEEP.search(QUOTED.sub("q", line)) for line in lines):
        raise tomllib.TOMLDecodeError(f"a key of more than {PARTS_MAX} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("too many brackets one inside the other") from None
