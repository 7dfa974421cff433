"""Show an explanation on a terminal, in French, readable without colour."""

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import TextIO

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

from siei_match.explain.model import (
    Decision,
    ExplainedAnswer,
    ExplainedPair,
    ExplainedRow,
    Explanation,
)
from siei_match.explain.pairs import MENAGE
from siei_match.explain.waterfall import ASCII, UNICODE, draw, list_notes
from siei_match.explain.wording import (
    ISSUES,
    METHODS,
    PROOFS,
    REASONS,
    STATES,
    STATUSES,
    VALUES,
    name_level,
    name_trait,
    show_bits,
    show_chance,
    show_date,
)
from siei_match.reference.errors import OutputError
from siei_match.reference.french import NO_BREAK

VALUE_WIDTH, NAME_WIDTH = 20, 17
DIFFERENT = "≠ "
OTHERS_SHOWN = 5
CLEAN_SAID = (
    "Des jumeaux, des frères et sœurs, des homonymes nés le même jour ou un autre candidat "
    "partageraient autant, ou d’autres de leurs lignes se contredisent : cela ne suffit pas."
)
NOMINATIVE = "siei: WARNING: nominative data is displayed below. Do not copy it; clear the screen afterwards."


def require_terminal(flux: TextIO) -> None:
    """Refuse to write values anywhere but on a terminal: a file or a log would keep them.

    Raises:
        OutputError: `flux` is no terminal.
    """
    if not flux.isatty():
        raise OutputError(
            "--dossier shows nominative data, and the output is not a terminal.",
            remedy="Run it in a terminal without redirection, or leave --dossier out.",
        )


def present(explication: Explanation, flux: TextIO, form: str) -> None:
    """Write an explanation to `flux`, as `text` or `json`."""
    if form == "json":
        # A value could command the terminal.
        plain = explication.nominative or not (flux.encoding or "").lower().startswith("utf")
        data = explication.model_dump(mode="json")
        flux.write(json.dumps(data, ensure_ascii=plain, indent=2) + "\n")
        return
    if isinstance(flux, TextIOWrapper):
        # A terminal that is not in UTF-8 shows ? for what it lacks.
        flux.reconfigure(errors="replace")
    show(explication, Console(file=flux, highlight=False, markup=False, emoji=False))


def show(explication: Explanation, console: Console) -> None:
    """Print an explanation; its values, if it has any, go nowhere else."""
    for block in render(explication, console):
        console.print(block, soft_wrap=isinstance(block, Text))


def render(e: Explanation, console: Console) -> Iterator[RenderableType]:
    """Give the blocks of an explanation, top to bottom."""
    yield Text(f"Personne {e.id_personne}", style="bold")
    listed = f"Signalement {e.id_signalement}" if e.id_signalement else "Sur aucune liste"
    yield Text(listed)
    yield Text(f"Campagne {e.campagne}, observée le {show_date(e.date_observation)}")
    yield from _section("Ses lignes")
    yield _table_of_rows(e.lignes)
    for methode in dict.fromkeys(row.methode for row in e.lignes):
        yield _indented(PROOFS.get(methode, methode))
    for x in e.lignes:
        if x.avertissements:
            yield _indented(f"[{x.repere}] vidé à la validation : {', '.join(x.avertissements)}.")
    if e.nominative:
        yield from _section("Ce que disent les lignes (données nominatives)")
        yield from _values(e, console.width)
    if len(e.lignes) > 1:
        yield from _section("Ce qui les rapproche")
        if not e.paires:
            yield _indented("L’INE ou des traits identiques suffisent : aucune paire n’a eu à être "
                            "pesée.")  # fmt: skip
    if e.paires:
        yield _indented("Un bit de plus rend deux fois plus vraisemblable que ce soit la même "
                        "personne ; un bit de moins, deux fois moins.")  # fmt: skip
        for pair in e.paires:
            yield from _pair(pair, e, console)
    yield from _section("Pourquoi personne d’autre")
    yield from _refused(e, console)
    yield from _section("La décision")
    yield from _decision(e.decision, e)
    yield from _reponses(e.reponses)


def _section(title: str) -> Iterator[RenderableType]:
    yield Text("")
    yield Text(title.upper(), style="bold underline")


class Paragraph:
    """A text wrapped to the width, where French typography allows: never before `:` or `%`."""

    def __init__(self, text: str, indent: int = 0, style: str = "") -> None:
        self.text = re.sub(r" ([:;?!%])", rf"{NO_BREAK}\1", text)
        self.indent, self.style = " " * indent, style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        # rich would break at a no-break space; textwrap does not.
        for line in textwrap.wrap(
            self.text,
            max(options.max_width, 20),
            initial_indent=self.indent,
            subsequent_indent=self.indent,
            break_on_hyphens=False,
        ):
            yield Text(line, style=self.style, no_wrap=True)


def _indented(text: str, style: str = "") -> RenderableType:
    return Paragraph(text, indent=2, style=style)


def clean(value: str) -> str:
    """Take out what could command the terminal: a provider's value is not ours."""
    return "".join(c if c.isprintable() else "�" for c in value.replace(NO_BREAK, " "))


def _table_of_rows(rows: Sequence[ExplainedRow]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("", "extrait", "fichier", "ligne", "rattachée par"):
        table.add_column(heading, justify="right" if heading == "ligne" else "left",
                         overflow="fold")  # fmt: skip
    for x in rows:
        table.add_row(
            f"[{x.repere}]", x.extrait, clean(x.fichier), str(x.ligne),
            METHODS.get(x.methode, x.methode),
        )  # fmt: skip
    return table


def _values(e: Explanation, width: int) -> Iterator[RenderableType]:
    shown = [x for x in (*e.lignes, *e.autres_lignes) if x.valeurs is not None]
    side_by_side = max(1, (width - NAME_WIDTH - 2) // (VALUE_WIDTH + 2))
    for start in range(0, len(shown), side_by_side):
        block = shown[start : start + side_by_side]
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False)
        table.add_column("", max_width=NAME_WIDTH)
        for x in block:
            other = "" if x.id_personne == e.id_personne else "\nAUTRE PERSONNE"
            table.add_column(Text(f"[{x.repere}] {x.extrait}{other}"), max_width=2 * VALUE_WIDTH,
                             overflow="fold", ratio=1)  # fmt: skip
        for name, label in VALUES.items():
            cells = [_value(x, name) for x in block]
            table.add_row(Text(label), *cells)
        yield table
    if any(x.differe for x in shown):
        yield _indented(
            f"{DIFFERENT}diffère de ce que disent la plupart des lignes de la personne."
        )
    lost = len(e.lignes) - sum(x.valeurs is not None for x in e.lignes)
    if lost:
        yield _indented(f"{lost} ligne(s) que cette version ne lit plus.")


def _value(row: ExplainedRow, name: str) -> Text:
    value = (row.valeurs or {}).get(name)
    if value is None:
        return Text("·", style="dim")
    marked = name in row.differe
    return Text((DIFFERENT if marked else "") + clean(value), style="bold red" if marked else "")


def _pair(pair: ExplainedPair, e: Explanation, console: Console) -> Iterator[RenderableType]:
    places = {x.repere: x for x in (*e.lignes, *e.autres_lignes)}
    a, b = places[pair.a], places[pair.b]
    yield Text("")
    yield Paragraph(
        f"[{a.repere}] {a.extrait} × [{b.repere}] {b.extrait} : {ISSUES[pair.issue]}, "
        f"{show_chance(pair.probabilite)}",
        style="bold",
    )
    signs = UNICODE if (console.encoding or "").lower().startswith("utf") else ASCII
    for line in draw(pair, e.seuils, console.width, signs):
        yield Text(line, no_wrap=True)
    for note in list_notes(pair):
        yield _indented(note)
    yield _indented(REASONS[pair.raison])


def _refused(e: Explanation, console: Console) -> Iterator[RenderableType]:
    if not e.refusees:
        yield _indented("Aucune autre personne n’est assez vraisemblable pour figurer dans "
                        "liens.parquet.")  # fmt: skip
        return
    best = e.refusees[0]
    other = next(x for x in e.autres_lignes if x.repere == best.b)
    yield _indented(f"La plus proche est {best.id_autre} : [{other.repere}] {other.extrait}, "
                    f"{clean(other.fichier)}, ligne {other.ligne}.")  # fmt: skip
    yield _indented(tell_against(best))
    yield from _pair(best, e, console)
    rest = e.refusees[1:]
    if rest:
        yield Text("")
        yield _indented(f"Autres paires refusées : {len(rest)}.")
    for pair in rest[:OTHERS_SHOWN]:
        yield _indented(f"- [{pair.a}] avec {pair.id_autre} : {ISSUES[pair.issue].lower()}, "
                        f"{show_chance(pair.probabilite)}. {tell_against(pair)}")  # fmt: skip


def tell_against(pair: ExplainedPair) -> str:
    """Say which traits weigh against a pair, heaviest first."""
    levels = {part.trait: part for part in pair.traits}
    told = []
    for name in pair.contre:
        part = levels.get(name)
        weights = pair.menage if part is None else part.poids
        if round(weights, 1) < 0:
            niveau = f" ({name_level(name, part.niveau)})" if part else ""
            told.append(f"{name_trait(name)}{niveau} {show_bits(weights)}")
    if told:
        against = f"Pèsent contre : {' ; '.join(told)}."
        return f"{against} {CLEAN_SAID}" if pair.contre[0] == MENAGE else against
    return "Aucun trait ne s’y oppose : ce qui s’accorde est trop peu face au départ."


def _reponses(answers: Sequence[ExplainedAnswer]) -> Iterator[RenderableType]:
    if answers:
        yield from _section("Ce que des plateformes ont répondu")
    for answer in answers:
        yield _indented(tell_reponse(answer))


def tell_reponse(answer: ExplainedAnswer) -> str:
    """Say an answer, where it comes from, and whether it decided."""
    who = f"{answer.psad}, " if answer.psad else ""
    told = f"{show_date(answer.date_retour)} : {answer.retour or 'sans réponse'} ({who}{answer.origine} "
    told += f"{clean(answer.fichier)}, ligne {answer.ligne})."
    if answer.annulee:
        told += " Elle ne compte plus : reprise depuis, renvoyée, ou elle-même une reprise."
    if answer.decide:
        told += " C’est cette réponse qui donne la décision."
    if answer.transfere:
        told += f" C’est elle qui transmet la personne à {answer.psad_destination}."
    return told


def _decision(decision: Decision | None, e: Explanation) -> Iterator[RenderableType]:
    if decision is None:
        yield _indented("Aucune : cette personne n’est pas dans le champ (moins de 15 jours de "
                        "suite de scolarité en N-1 dans un cycle qui compte). Elle n’est sur "
                        "aucune liste.")  # fmt: skip
        return
    statut = STATUSES.get(decision.statut, decision.statut).upper()
    yield _indented(f"{statut}, motif {decision.motif}", style="bold")
    yield _indented(
        f"{decision.age} ans le {show_date(e.date_observation)} ; définition {e.definition} ; "
        f"plateforme {decision.psad} ; suivi en mission locale : "
        f"{'oui' if decision.suivi_mission_locale else 'non'}."
    )
    yield _indented(
        f"Dernière inscription : {decision.derniere_formation or 'inconnue'}"
        f"{f', {decision.dernier_uai}' if decision.dernier_uai else ''} ; "
        f"sortie : {show_date(decision.date_derniere_sortie)}."
    )
    yield Text("")
    yield _indented("Règles, dans l’ordre ; la première qui tient décide :")
    table = Table(box=None, padding=(0, 1), show_header=False, show_edge=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for rule in decision.regles:
        style = {"decide": "bold", "non_examinee": "dim"}.get(rule.etat, "")
        table.add_row(
            Text(STATES[rule.etat], style=style),
            Text(f"{rule.statut}/{rule.motif}", style=style),
            Paragraph(rule.en_clair, style=style),
        )
    yield table
