"""Make the demonstration: a fictive département over two campaigns, its answers, pairs to review.

Usage: `python tools/make_demo.py OUT`. The deliveries go to `OUT-livraisons/`. Made again over
itself, it changes nothing. Days are counted back from today, so that the lists can be answered now.
"""

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.campaign.story import run_campaign
from siei_match.collect import SingleAnswer, append_answers, collect
from siei_match.collect.single import count_given
from siei_match.output import require_prepared
from siei_match.output.audit import Actor
from siei_match.output.memory.answers import read_collected
from siei_match.portal.opening import MARK
from siei_match.reference.settings import Settings, load_keys, load_settings
from siei_match.reference.vocabulary import ANNULE, AUTRE, UNPLACED
from siei_match.release import read_releases, release
from siei_match.review import pairs_to_review, record_judgements, show_pairs
from siei_match.simulate import SimulatedRates, draw_answers, simulate

CAMPAIGNS: Final = ("2026-10", "2027-03")
PEOPLE, SEED = 17_000, 2026
# One département, so that five platforms share what 383 would: their lists are as long as real ones.
WHERE: Final = ("35",)
RUN_BEFORE, ANSWERED_BEFORE, AGAIN_BEFORE = 130, (120, 15), 6
"""Days before today: the first run; the answers to it, from and to; the second run."""
CALLS: Final = ("contacte_sans_reponse", "rendez_vous", "coordonnees_incorrectes", "en_formation",
                "contacte_sans_reponse", "suivi", "injoignable", "refus", "demenage")  # fmt: skip
"""What the first of each new list was told, in the order of the list."""
OBSERVED: Final = date(2026, 10, 15)
WHO: Final = "demonstration"


def main(arguments: list[str]) -> None:
    """Make everything under the folder that is named."""
    out = Path(arguments[0] if arguments else "out")
    deliveries = out.with_name(f"{out.name}-livraisons")
    if not (deliveries / "verite" / "personnes.parquet").exists():
        simulate(deliveries, PEOPLE, SEED, SimulatedRates(departements=WHERE), CAMPAIGNS)
    settings, today = load_settings(), datetime.now(UTC)
    first, second = CAMPAIGNS
    mark(out)
    if second in read_releases(out):
        _say(out)
        return
    _hand_out(deliveries / first, out, settings, today - timedelta(days=RUN_BEFORE))
    _answer_first(out, deliveries / "verite", settings, today)
    _hand_out(deliveries / second, out, settings, today - timedelta(days=AGAIN_BEFORE))
    _begin_second(out, settings, today)
    _say(out)


def mark(out: Path) -> None:
    """Say that all people of a folder are fictive, which alone lets the page's `--demo` serve it.

    Raises:
        SystemExit: campaigns stand there that nothing says to be fictive.
    """
    if (out / "campagnes").exists() and not (out / MARK).exists():
        sys.exit(
            f"{out} holds campaigns that no demonstration made: name another folder (make demo OUT=…)."
        )
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).write_text("Fictive people alone: siei portal --demo may serve this folder.\n")


def _hand_out(delivery: Path, out: Path, settings: Settings, when: datetime) -> None:
    """Run a campaign and release it, as of that day."""
    run_campaign(delivery, out, settings, actor=Actor(WHO, when))
    release(out, delivery.name, settings, actor=_actor(settings, when))


def _actor(settings: Settings, when: datetime) -> Actor:
    key, *replaced = load_keys(settings, make=False)
    return Actor(WHO, when, key, tuple(replaced), settings.ancre_audit)


def _answer_first(out: Path, truth: Path, settings: Settings, today: datetime) -> None:
    """Answer the first lists: the longest one on the page, call by call; the others by a file each."""
    told, _ = draw_answers(out, truth, CAMPAIGNS[0], SEED)
    oldest, newest = (today.date() - timedelta(days=n) for n in ANSWERED_BEFORE)
    # An answer of before the day of observation is not one to that list.
    oldest = min(max(oldest, OBSERVED + timedelta(days=1)), newest)
    # The lives end in another year than today's: their days are kept in order, and brought here.
    away = pl.col("jour") - pl.col("jour").min()
    told = told.filter(pl.col("psad") != UNPLACED).with_columns(
        jour=pl.min_horizontal(pl.lit(oldest) + away, pl.lit(newest))
    )
    received = datetime.combine(newest, today.timetz())
    longest = _longest(out, CAMPAIGNS[0])
    for (psad,), answers in told.group_by("psad", maintain_order=True):
        if psad == longest:
            for (_,), said in answers.group_by("id_signalement", maintain_order=True):
                given = [_answer(row) for row in said.to_dicts()]
                append_answers(out, given, longest, _actor(settings, received), seen=0)
        else:
            _send_file(out, str(psad), answers, _actor(settings, received))


def _answer(row: Mapping[str, Any]) -> SingleAnswer:
    moves = row["retour"] == "demenage" and row["elsewhere"] != row["psad"]
    there = row["elsewhere"] if moves else None
    return SingleAnswer(row["id_signalement"], row["retour"], row["jour"], there)


def _send_file(out: Path, psad: str, answers: pl.DataFrame, actor: Actor) -> None:
    path = out.with_name(f"{out.name}-livraisons") / f"reponses-{psad}.csv"
    moves = (pl.col("retour") == "demenage") & (pl.col("elsewhere") != psad)
    answers.select(
        Identifiant="id_signalement",
        Réponse="retour",
        Date=pl.col("jour").dt.strftime("%d/%m/%Y"),
        Plateforme=pl.when(moves).then("elsewhere"),
    ).write_csv(path, separator=";")
    collect(out, path, actor, psad=psad)


def _begin_second(out: Path, settings: Settings, today: datetime) -> None:
    """Call the first few of each new list, correct one answer, and judge one pair in doubt."""
    campaign = require_prepared(out, CAMPAIGNS[1])
    for psad in campaign.platforms():
        young = pl.read_parquet(campaign.list_path(psad, "parquet"), glob=False)
        called = young.sort("public", "date_sortie", "id_signalement").head(len(CALLS))
        if psad == UNPLACED or young.height < len(CALLS):
            continue
        before = read_collected(out)
        seen = {one: count_given(before, one, psad) for one in called["id_signalement"]}
        for rank, (one, retour) in enumerate(zip(called["id_signalement"], CALLS, strict=True)):
            day = today.date() - timedelta(days=rank % 4)
            said = [SingleAnswer(one, retour, day, rappel=_call_again(retour, today.date()))]
            if retour == "en_formation":
                # Told of somebody else, and put right the same day.
                said += [SingleAnswer(one, ANNULE, day), SingleAnswer(one, "suivi", day)]
            append_answers(out, said, psad, _actor(settings, today), seen=seen[one])
    pairs = pairs_to_review(out, CAMPAIGNS[1])["id_paire"]
    judged = pl.DataFrame({"id_paire": pairs.head(1)}).with_columns(reponse=pl.lit(AUTRE))
    actor = _actor(settings, today)
    show_pairs(out, CAMPAIGNS[1], out.with_name(f"{out.name}-livraisons") / CAMPAIGNS[1], actor)
    record_judgements(out, judged, actor.par, actor.quand, key=actor.cle)


def _call_again(retour: str, today: date) -> date | None:
    if retour == "contacte_sans_reponse":
        return today
    return today + timedelta(days=3) if retour == "rendez_vous" else None


def _longest(out: Path, code: str) -> str:
    campaign = require_prepared(out, code)
    placed: Iterable[str] = (psad for psad in campaign.platforms() if psad != UNPLACED)
    return max(placed, key=lambda psad: campaign.list_path(psad, "csv").stat().st_size)


def _say(out: Path) -> None:
    """Say what to look at."""
    last = f"{out}/campagnes/{CAMPAIGNS[1]}"
    print(  # noqa: T201
        f"""
Two fictive campaigns of one département stand in {out}/ (docs/contract.md, section 3), released,
their lists answered in part, with a transfer, answers put right, and pairs to review:
  the report       {last}/rapport.html  (in a browser)
  the longest list {last}/listes/psad={_longest(out, CAMPAIGNS[1])}/liste.csv
  for analysts     {out}/siei.duckdb  (no name in it)
  every decision   {last}/decisions.parquet  (with its reason)

The page where platforms find their lists and answer:
  .venv/bin/siei portal --sortie {out} --demo
  then http://127.0.0.1:8765, with coordination@demo.invalid and the password that it prints
The deliveries are in {out}-livraisons/; two campaigns that a person reads in a minute, in sample_data/."""
    )


if __name__ == "__main__":
    main(sys.argv[1:])
