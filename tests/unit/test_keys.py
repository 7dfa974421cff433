"""What a secret key is needed for, from what stands in the output folder."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from siei_match.campaign.keys import KeyNeeds, find_needs
from siei_match.output.memory.judgements import REVUES
from siei_match.output.memory.keys import FORGOTTEN, note_forgotten, read_forgotten
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError
from siei_match.reference.settings import key_id
from siei_match.stages.link.people.judged import name_pairs
from tests.releases import ACTEUR

OLD, NEW = b"o" * 32, b"n" * 32
TODAY = date(2027, 4, 1)


def judge(sortie: Path, *keys: bytes, **changed: object) -> None:
    """Keep one judgement for each key, on a pair that was named under it."""
    pairs = pl.DataFrame({"contenu_a": ["a"], "contenu_b": ["b"]})
    schema = declaration("tables/revues").polars_schema
    rows = [
        {name: "x" if dtype == pl.String else None for name, dtype in schema.items()}
        | {"probabilite": 0.5, "retiree": False, "reponse": "meme", "contenu_a": "a",
           "contenu_b": "b", "id_paire": name_pairs(pairs, key)[0]}
        | changed
        for key in keys
    ]  # fmt: skip
    (sortie / REVUES).parent.mkdir()
    pl.DataFrame(rows, schema).write_parquet(sortie / REVUES)


@pytest.mark.parametrize(
    ("made_under", "changed", "judged"),
    [
        ((OLD,), {}, 1),
        ((NEW,), {}, 0),
        ((OLD, NEW), {}, 1),
        ((OLD,), {"retiree": True}, 0),
        ((OLD,), {"reponse": "ne_sait_pas"}, 0),
    ],
)
def test_a_judgement_needs_the_key_of_its_day(
    tmp_path: Path, made_under: tuple[bytes, ...], changed: dict[str, object], judged: int
) -> None:
    judge(tmp_path, *made_under, **changed)
    needs = find_needs(tmp_path, key_id(OLD), [NEW, OLD], TODAY)
    assert needs == KeyNeeds(False, 0, 0, 0, 0, judged)
    assert needs.told() == ["1 judgements of clerks stand under it alone"] * judged


def test_what_is_forgotten_is_kept_and_told(tmp_path: Path) -> None:
    assert read_forgotten(tmp_path) == frozenset()
    note_forgotten(tmp_path, "1a2b3c4d", ACTEUR, {"personnes": 3})
    note_forgotten(tmp_path, "0badf00d", ACTEUR, {})
    assert read_forgotten(tmp_path) == {"1a2b3c4d", "0badf00d"}
    (tmp_path / FORGOTTEN).write_text("{")
    with pytest.raises(OutputError, match="is damaged"):
        read_forgotten(tmp_path)
