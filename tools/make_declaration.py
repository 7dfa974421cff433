"""Write docs/declaration.md from the models of a declaration: every key, kind and level.

Usage: `python tools/make_declaration.py`. A test compares the page with the models.
"""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from siei_match.stages.link.declared.kinds import ANY, FORMS, start_of
from siei_match.stages.link.declared.names import MODEL_AT, SPOKEN

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "declaration.md"
TABLES: Final = {
    (): "The top",
    ("dates", "*"): "`[dates.COLUMN]`",
    ("traits", "*"): "`[traits.NAME]`",
    ("traits", "*", "niveaux", "*"): "`niveaux.LEVEL` of a trait",
    ("traits", "*", "redit"): "`redit` of a trait",
    ("traits", "*", "appris_si"): "`appris_si` of a trait",
    ("classes", "*"): "`[classes.NAME]`",
    ("certitude",): "`[certitude]`",
    ("seuils",): "`[seuils]`",
    ("blocs",): "`[blocs]`",
    ("blocs", "passes", "*"): "`[[blocs.passes]]`",
}
KEYS: Final = {
    "son": "a word of the names as it sounds. `noms` and `prenoms` share one space of sounds, so that inverted names meet",
    "paire": "two words of two names in either order: of `noms` and `prenoms`, or two of a `nom_complet`",
    "lettre": "beside `son`: the first or last letter of a word of the other name. With `noms` and `prenoms` "
    "declared, both names also have two pairs of neighbouring letters in common, ends of words counting (HUGO and "
    "HGUO, KHA and KHALIL; not HUGO and HENRI): what shares one letter alone is mostly a stranger, and is not compared",
    "jour_et_mois": "day and month of the first trait of kind `date`, in either order",
}
HEAD: Final = """\
*Written by `tools/make_declaration.py` from the models in `stages/link/declared/`: do not change it here.*

# The language of declarations

A data set that is none of the SIEI's is linked by declaring it, in TOML: its sources, what is compared (traits, each of
a *kind*), which pairs are searched (blocking passes). A trait is two lines, since every kind knows its levels and what
they weigh before anything is counted; the data teach the rest. How the linkage works: [linkage.md](linkage.md).

```toml
sources = ["clients", "orders"]

[traits.name]
genre = "nom_complet"
colonnes = ["customer"]

[traits.birth]
genre = "date"
colonnes = ["birth_year", "birth_month", "birth_day"]

[traits.home]
genre = "domicile"
parties = { rue = "street", code_postal = "zip" }

[blocs]
[[blocs.passes]]
nom = "names"
cle = ["paire"]
[[blocs.passes]]
nom = "birth"
cle = ["birth_year", "birth_month", "birth_day"]
```

```python
from siei_match.stages.link import link, read_rows, read_spec

spec = read_spec(Path("mine.toml"))
rows = read_rows({"clients": clients, "orders": orders}, spec)  # polars frames
found = link(rows, spec=spec, tell=print)  # read_rows has tell too
rows.select("rid", "extrait", "ligne").join(found.groupes, on="rid")  # the person of each row
```

`rid` numbers the rows in the order of the sources, `ligne` those of one source, from 1. `found.liens` is the evidence, a row a pair of groups: `probabilite`, the level and
bits of each trait, and `issue`: `lie` (one person; with a low probability where other rows hold two groups together), `a_verifier` (in doubt; `found.doutes` has the people), `ecarte` (two). `found.modele` is what was
learnt (m, u, priors), `found.counts` what each pass met. `tell` hears each step, **which traits keep what is declared because nothing teaches them**, and which were held near it.

A worked example without labels, households of a fictive village: [exemples/foyers.toml](exemples/foyers.toml), run by
[exemples/foyers.py](exemples/foyers.py). Public data sets, and what each needed: [datasets.md](datasets.md). A declaration with
everything: [`schemas/liaison/siei.toml`](../schemas/liaison/siei.toml).

## In five steps

1. **Columns.** One frame a source. What a source calls otherwise, or does not have, stands in `[colonnes.SOURCE]`; what means nothing (`NONE`, `0.0`) in
   `[inconnus]`; the form of a date, which may differ by source, in `[dates.COLUMN]`. No column named `rid`, `fiche`, `source`,
   `cle`, `extrait`, `fichier` or `ligne`, which the engine has. Texts are read as capitals A–Z and digits; a date as three numbers.
2. **Traits**, each fact once: number, street and postcode are one `domicile`; a first name that tells the sex is `redit` by it, or weighed `parmi` those of one first name, where mistyped sexes are to be heard.
3. **Passes.** `siei passes DECLARATION SOURCE=FILE …` tells all of this; in Python, `suggest_passes(rows, spec)` proposes some from the data, whether or not the declaration has its own;
   `with_passes(spec, suggested)` takes them. Then `estimate_unmet(rows, spec)` says how many true pairs no pass brings together:
   some records are compared with all others, and the chances of what no pass met are summed. Both sample; the limits are those of
   the sample, not of the model.
4. **People.** `un_par_source = true` where nobody stands twice in a source. `population`: how many people the rows are drawn from. Where
   families are in the data, `[classes.fratrie]` and `[classes.jumeaux]`: they share surname, address and telephone, and only
   the kinds that say how twins differ (◇ below: first names, dates, initials), or levels that do (`jumeaux`, `fratrie`), tell them apart; without these classes a family at one home is one person. A class of one's own (neighbours of one name) says
   which traits tell. Without labels such traits learn of the pairs of `appris_si` alone (first names: `{ egaux = ["name", "birth"], un_de = ["phone", "home"] }`, where another first name is mostly an error), or else keep what is declared: `tell` says so.
5. **Thresholds.** Nothing said: .9 where an identifier is declared, .5 where none is ([why](datasets.md#the-threshold-without-labels)).

What is wrong is told at once, all of it: file, line and key, what is expected, and the nearest word that is known. A date of another
form, or whose columns are in another order, is told when the files are read: most of its values are no dates.

`reprend = "base.toml"` as a first key takes up another declaration beside this one: the keys of the top that stand here replace its.
"""


def render() -> str:
    """Return the page."""
    return "\n".join([HEAD, *_page()]) + "\n"


def _page() -> Iterator[str]:
    for pattern, heading in TABLES.items():
        model = MODEL_AT[pattern]
        yield f"## {heading}\n"
        yield f"{inspect.cleandoc(model.__doc__ or '')}\n"
        yield "| key | | what |"
        yield "|---|---|---|"
        told = docstrings(model)
        for name, field in model.model_fields.items():
            needed = "required" if field.is_required() else _default(field)
            said = told[name].replace("|", "\\|")
            yield f"| `{name}` | {needed} | {said} |"
        yield ""
    yield from _keys()
    yield from _kinds()


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f'`"{value}"`'
    if isinstance(value, tuple) and value:
        return f"`{list(value)}`"
    return ""


def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands below each key of a model."""
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(model)))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    found: dict[str, str] = {}
    for node, following in zip(body.body, [*body.body[1:], None], strict=True):
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            continue
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            found[node.target.id] = " ".join(str(following.value.value).split())
    return found


def _keys() -> Iterator[str]:
    yield "## Parts of a key\n"
    yield "A key is made of any of these; rows that share all of them are compared.\n"
    yield "| part | what |"
    yield "|---|---|"
    yield "| `COLUMN` | a column of a trait, of a date, or of `blocs.colonnes`; of an `ensemble`, each of its values |"
    yield "| `col:N` | the first N characters of a column of text (`street:4`) |"
    for part in SPOKEN:
        yield f"| `{part}` | {KEYS[part]} |"
    yield ""
    yield "One part a key may give a row several keys: `son`, `paire`, or an `ensemble`.\n"


def _kinds() -> Iterator[str]:
    yield "## Kinds and their levels\n"
    yield "Level 0 of every kind is `absent`: one side has no value, and nothing is weighed. `m` and `u` are those of a trait that"
    yield "says nothing itself; levels in italics are told only where the key in brackets is given. ◆: agreeing weighs what the value is rare. ◇: the kind tells twins, brothers and sisters apart."
    yield "At most, in bits: `plafond`. A kind may also be the path of a feature ([linkage.md](linkage.md#any-feature-by-its-path)).\n"
    for name, form in FORMS.items():
        least, most = form.columns
        columns = (
            f"{least}"
            if least == most
            else f"{least} or more"
            if most == ANY
            else f"{least} to {most}"
        )
        keys = ", ".join(f"`{key}`" for key in sorted(form.keys))
        apart = any(start.twins is not None for start in form.levels.values())
        yield f"### `{name}`{' ◇' if apart else ''}\n"
        yield f"Compares {form.meaning}. Columns: {columns}."
        yield f"At most {form.cap:g} bits." + (f" Keys of its own: {keys}." if keys else "")
        yield ""
        yield "| level | m | u | |"
        yield "|---|---|---|---|"
        for level in form.levels:
            start = start_of(name, level)
            asked = form.asked.get(level) or ("if given" if level in form.named else None)
            shown = (
                f"*{level}* ({asked if level in form.named else f'`{asked}`'})"
                if asked
                else f"`{level}`"
            )
            yield f"| {shown} | {start.m:.4g} | {start.u:.4g} | {'◆' if start.rare else ''} |"
        yield ""


def documented() -> dict[tuple[str, ...], dict[str, Any]]:
    """Return, by table, the keys of its model and what is said of each."""
    return {pattern: dict(docstrings(model)) for pattern, model in MODEL_AT.items()}


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
