"""A file of settings or of a delivery that is made to exhaust who reads it is refused at once."""

import time
import tomllib
from pathlib import Path

import pytest

from siei_match.reference.toml_text import parse_toml
from tests.deliveries import CODES

MADE = {
    "a key of many parts": "a" + ".b" * 1_500 + " = 1",
    "quoted parts": "a" + '."b"' * 900 + " = 1",
    "a table of many parts": "[a" + " . b" * 900 + "]",
    "in an inline table": "x = { a" + ".b" * 1_500 + " = 1 }",
    "a longer line": "a" + ".b" * 150_000 + " = 1",
    "brackets": "a = " + "[" * 4_000,
    "many keys of fifteen hundred parts": "\n".join(f"a{'.b' * 1_500}{n} = 1" for n in range(60)),
    "many tables": "[[a]]\n" * 20_000,
    "much of anything": "#\n" * 200_000,
}


@pytest.mark.parametrize("text", MADE.values(), ids=MADE)
def test_what_nobody_writes_is_refused_before_it_costs(text: str) -> None:
    start = time.process_time()
    with pytest.raises(tomllib.TOMLDecodeError):
        parse_toml(text)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("code", CODES)
def test_what_people_write_is_read_as_ever(code: str) -> None:

    text = (Path(__file__).parents[2] / "sample_data" / code / "campagne.toml").read_text("utf-8")
    assert parse_toml(text) == tomllib.loads(text)
    told = 'nom = "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s"\n[taux_vide_max]\n"apprentissage.INE_RNIE" = 0.99'
    assert parse_toml(told) == tomllib.loads(told)
