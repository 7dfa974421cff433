"""A file in its provider's form, and how campagne.toml describes one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siei_match.simulate.files import WrittenFile


@dataclass(frozen=True)
class RealFile:
    """A file as its provider's system writes it, and which rows of the extract it holds, in its order."""

    fichier: WrittenFile
    rows: npt.NDArray[np.int64]


def describe_columns(
    columns: Mapping[str, str], words: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[str, ...]:
    """Return the lines of campagne.toml for a file's headings, and for its words of some columns."""
    lines = ["[fichiers.colonnes]", *(f"{c} = {quote(text)}" for c, text in columns.items())]
    for column, meant in (words or {}).items():
        lines.append(f"[fichiers.valeurs.{column}]")
        lines += [f"{quote(word)} = {quote(own)}" for word, own in meant.items()]
    return tuple(lines)


def quote(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)
