"""One spoilt delivery: write it, read it as a run would, and see that the laws hold.

The laws: what cannot be used is refused by a `SieiError` that names no defect of ours; nothing said
holds a value of a row; valid + rejected = read = announced, line by line; no row holds the text of two
of those that were written; a run that fails changes
nothing published; nothing is written outside the output folder, nor in the delivery.
"""

import contextlib
import io
import logging
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from bench.fuzz_base import MARQUE, Depot, draws_form, list_secrets, make_depot
from bench.fuzz_deliveries import MENSONGES, owners
from bench.fuzz_forms import FORMES, described, objects, siecle
from bench.fuzz_mutations import OCTETS, TEXTE, Mutation
from bench.fuzz_traps import DEHORS, PIEGES
from siei_match.campaign.progress import LogProgress
from siei_match.campaign.steps.receive import receive
from siei_match.campaign.steps.validate import sort_rows
from siei_match.campaign.story import check_delivery, run_campaign
from siei_match.cli import main
from siei_match.reference.delivery import JSON_EXTRACTS
from siei_match.reference.errors import SieiError
from siei_match.reference.files import file_sha256
from siei_match.reference.settings import Settings
from siei_match.reference.vocabulary import EXTRACTS, REJET

KEY = "fuzz" * 10
MODES = {"fichier": 0.66, "controle": 0.24, "commande": 0.085, "campagne": 0.015}
"""How a delivery is read, and how often: the spoilt file alone, `check_delivery`, `siei check`, a
whole run into a folder where this campaign is published already."""
PEAK_MAX = 1_500
"""MiB that one case may add to the process."""
ROWS_READ = 20_000
"""Rows of a slice that are looked at one by one."""
DEFECTS = ("defect of siei-match", "Traceback", "panicked")
PUBLIC = ("manifeste.json", "rapport.html")


@dataclass
class Issue:
    """What became of a case; `fautes` are the laws that it broke."""

    graine: int
    mode: str
    faits: list[str]
    issue: str = ""
    dit: str = ""
    secondes: float = 0.0
    memoire: int = 0
    fautes: list[str] = field(default_factory=list)


def draw(graine: int) -> tuple[str, Depot]:
    """Draw a spoilt delivery and how it is read: always the same for a seed."""
    des = Random(graine)
    mode = des.choices(list(MODES), list(MODES.values()))[0]
    depot = make_depot(des.choice(EXTRACTS))
    changes: list[Mutation] = des.choices(TEXTE, k=des.choice((0, 1, 1, 2, 3)))
    changes += des.choice(((des.choice(OCTETS),), (des.choice(PIEGES),), (des.choice(PIEGES),), ()))
    changes = changes or [des.choice(TEXTE)]
    if graine % 3 == 2:  # the others stay what they were
        changes.append(des.choice(MENSONGES))
    if draws_form(graine):
        depot = make_depot(des.choice(("scolarite", *EXTRACTS)))
        pupils = depot.cible.extrait == "scolarite"
        fit = [form for form in FORMES if pupils or form is not siecle]
        if depot.cible.extrait not in JSON_EXTRACTS and des.random() < 0.9:
            fit.remove(objects)
        changes = [des.choice(fit)]
        changes += [described] if des.random() < 0.2 else []
    for change in changes:
        change(des, depot)
        depot.faits.append(change.__name__)
    return mode, depot


class Banc:
    """The folders and the published state that cases share."""

    def __init__(self, racine: Path, *, publie: bool = True) -> None:
        self.racine = racine
        self.sortie = racine / "out"
        self.reglages = Settings(cle=KEY, psad=_zones(racine), taux_rejet_max=0.9, mesure=0)
        (racine / DEHORS).write_text("ZQXX\n")
        self.secrets = [s for s in list_secrets() if len(s) > 5]
        if publie:
            make_depot("retours").write(racine / "base")
            run_campaign(racine / "base", self.sortie, self.reglages)
            shutil.rmtree(racine / "base")
        self.permis = (str(self.sortie), "/dev/null")
        self.ecrits: list[str] = []
        self.nus: list[str] = []
        self.ouvert = False
        sys.addaudithook(self._watch)

    def _watch(self, acte: str, quoi: tuple[Any, ...]) -> None:
        """Note what Python writes outside of the output folder."""
        if not self.ouvert or acte not in ("open", "os.rename", "os.mkdir", "os.remove", "os.link"):
            return
        if acte == "open" and not (
            isinstance(quoi[2], int) and quoi[2] & (os.O_WRONLY | os.O_RDWR)
        ):
            return
        noms = [os.fspath(q) for q in quoi[:2] if isinstance(q, str | bytes | os.PathLike)]
        ou = quoi[-1] if acte != "open" and isinstance(quoi[-1], int) and quoi[-1] >= 0 else None
        depuis = "" if ou is None else os.readlink(f"/proc/self/fd/{ou}")  # noqa: PTH115
        for nom in noms[:1] if acte == "open" else noms:
            texte = os.path.abspath(os.path.join(depuis, os.fsdecode(nom)))  # noqa: PTH100, PTH118
            # A temporary file without a name opens the folder of temporary files.
            if not texte.startswith(self.permis) and texte != tempfile.gettempdir():
                # What is opened by the handle of a folder says its name alone, and nothing of the folder.
                bare = acte == "open" and not os.path.dirname(os.fsdecode(nom))  # noqa: PTH120
                (self.nus if bare else self.ecrits).append(texte)

    def play(self, graine: int) -> Issue:
        """Play one case and say what became of it."""
        mode, depot = draw(graine)
        return self.read(Issue(graine, mode, depot.faits), depot)

    def read(self, issue: Issue, depot: Depot) -> Issue:
        """Read a spoilt delivery as `issue.mode` says, and judge what became of it."""
        mode = issue.mode
        dossier = self.racine / "livraison"
        depot.write(dossier)
        if depot.cible.lignes is not None:
            attendues = depot.cible.lignes
        elif depot.cible.brut is None and depot.cible.pose is None and depot.cible.compte:
            attendues = len(depot.cible.rangees)
        else:
            attendues = None
        avant, publie = _stat(dossier), _stat(self.sortie) if mode == "campagne" else {}
        _reset_peak()
        base, debut = _peak(), time.monotonic()
        self.ecrits.clear()
        self.nus.clear()
        with self._listen() as dit:
            self.ouvert = True
            try:
                fautes = getattr(self, f"_{mode}")(dossier, attendues)
                issue.issue = "lu"
            except SieiError as refus:
                issue.issue, fautes = f"refus {type(refus).__name__}", []
                dit.write(f"{refus.what}\n{refus.remedy}\n")
                if mode == "campagne" and _stat(self.sortie) != publie:
                    fautes.append("a run that failed changed what is published")
            except BaseException as defaut:  # noqa: BLE001
                issue.issue, fautes = "exception", [f"{type(defaut).__name__} escaped"]
            finally:
                self.ouvert = False
        issue.secondes, issue.memoire = time.monotonic() - debut, (_peak() - base) >> 10
        issue.dit = dit.getvalue()
        fautes += self._judge(issue)
        if _stat(dossier) != avant:
            fautes.append("the delivery was changed")
        issue.fautes = fautes
        shutil.rmtree(dossier)
        return issue

    def _judge(self, issue: Issue) -> list[str]:
        fautes = [f"said: {signe}" for signe in DEFECTS if signe in issue.dit]
        if marque := MARQUE.search(issue.dit):
            fautes.append(f"a value was said: {issue.dit[max(0, marque.start() - 60) :][:90]!r}")
        fautes += ["a personal value was said" for s in self.secrets if s in issue.dit][:1]
        if any(ord(c) < 32 and c not in "\n\r\t" for c in issue.dit):
            fautes.append("a control character was said")
        if len(issue.dit) > 20_000:
            fautes.append(f"{len(issue.dit)} characters were said")
        if issue.memoire > PEAK_MAX:
            fautes.append(f"{issue.memoire} MiB of memory")
        dehors = self.ecrits + [chemin for chemin in self.nus if Path(chemin).exists()]
        fautes += [f"written outside: {chemin}" for chemin in dehors[:3]]
        if (self.racine / DEHORS).read_text() != "ZQXX\n":
            fautes.append("the file beside the delivery was changed")
        return fautes

    @contextlib.contextmanager
    def _listen(self) -> Iterator[io.StringIO]:
        """Collect all that is said: logs, what is printed, what native code prints."""
        dit = io.StringIO()
        racine, le_notre = logging.getLogger(), logging.getLogger("siei_match")
        # A command that this process ran before left its handler, on a stream that may be closed.
        racine.handlers, le_notre.handlers = [logging.StreamHandler(dit)], []
        le_notre.propagate = True
        for logger in (racine, le_notre):
            logger.setLevel(logging.INFO)
        natif = self.racine / "stderr"
        sien, fichier = os.dup(2), os.open(natif, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(fichier, 2)
        try:
            with contextlib.redirect_stdout(dit), contextlib.redirect_stderr(dit):
                yield dit
        finally:
            os.dup2(sien, 2)
            os.close(sien)
            os.close(fichier)
            racine.handlers, le_notre.handlers = [], []
            dit.write(natif.read_text("utf-8", "replace")[:10_000])

    def _fichier(self, dossier: Path, attendues: int | None) -> list[str]:
        livraison = receive(dossier)
        gardes: dict[str, list[pl.DataFrame]] = {"valides": [], "rejets": [], "dates_recues": []}
        compte = sort_rows(
            dossier, livraison.fichiers[0], livraison.campagne,
            lambda table, frame, _: gardes[table].append(frame),
        )  # fmt: skip
        valides = pl.concat(gardes["valides"])["ligne"]
        rejets = pl.concat(gardes["rejets"]).filter(gravite=REJET)["ligne"].unique()
        lignes = pl.concat([valides, rejets]).sort()
        fautes = []
        if not lignes.equals(
            pl.int_range(1, compte.rows_read + 1, dtype=pl.UInt32, eager=True).alias("ligne")
        ):
            fautes.append("a line is neither valid nor rejected, or is both")
        if (valides.len(), rejets.len()) != (compte.valides, compte.rejetees):
            fautes.append("the counts are not those of the tables")
        fautes += [
            "a row holds the text of two people"
            for frame in gardes["valides"]
            if frame.height < ROWS_READ
            and any(len(owners(str(row))) > 1 for row in frame.iter_rows())
        ][:1]
        return fautes + _count(compte, attendues)

    def _controle(self, dossier: Path, attendues: int | None) -> list[str]:
        controle = check_delivery(dossier, progress=LogProgress())
        # A check goes on after what it refuses; here one file is spoilt, and all else is right.
        if controle.refused:
            raise controle.refused[0].error
        return _count(controle.fichiers[0], attendues)

    def _commande(self, dossier: Path, attendues: int | None) -> list[str]:
        code = main(["check", str(dossier)])
        return [] if code in (0, 1) else [f"exit code {code}"]

    def _campagne(self, dossier: Path, attendues: int | None) -> list[str]:
        publication = run_campaign(dossier, self.sortie, self.reglages)
        racine = self.sortie / "campagnes" / "2026-10"
        fautes = [
            f"a value stands in {nom}"
            for nom in PUBLIC
            if MARQUE.search((racine / nom).read_text())
        ]
        for table in racine.glob("*.parquet"):
            frame = pl.read_parquet(table).select(pl.col(pl.String))
            if any(frame[c].str.contains("(?i)ZQ[A-Z]{2}").any() for c in frame.columns):
                fautes.append(f"a value stands in {table.name}")
        del publication
        for fichier in self.sortie.rglob("*"):
            if stat.S_IMODE(fichier.stat().st_mode) & 0o007:
                fautes.append(f"{fichier.name} is readable by all")
            if fichier.name == "liste.csv":
                cellules = fichier.read_text("utf-8-sig").replace("\r\n", ";").split(";")
                if any(c.strip('"').startswith(("=", "+", "@", "\t", "\r")) for c in cellules):
                    fautes.append("a list holds a formula")
        return fautes


def _count(compte: Any, attendues: int | None) -> list[str]:
    fautes = []
    if compte.valides + compte.rejetees != compte.rows_read:
        fautes.append(
            f"{compte.rows_read} read, {compte.valides} valid, {compte.rejetees} rejected"
        )
    if attendues is not None and compte.rows_read != attendues:
        fautes.append(f"{attendues} rows written, {compte.rows_read} read")
    return fautes


def _zones(racine: Path) -> Path:
    """Two platforms instead of 383: a run is short."""
    dossier = racine / "psad"
    dossier.mkdir()
    (dossier / "psad.csv").write_text("code;nom\nA;Une\nB;Autre\n", "utf-8")
    (dossier / "psad_communes.csv").write_text("code_commune;psad\n01053;A\n01004;B\n", "utf-8")
    return dossier


def _stat(dossier: Path) -> dict[str, tuple[Any, ...]]:
    """What tells that a folder changed: its files, their size, time and bytes."""
    trouve: dict[str, tuple[Any, ...]] = {}
    for chemin in dossier.rglob("*"):
        vu = chemin.lstat()
        regular = stat.S_ISREG(vu.st_mode) and vu.st_size < 10_000_000
        somme = file_sha256(chemin) if regular else None
        trouve[str(chemin)] = (
            vu.st_mode,
            vu.st_size,
            None if chemin.is_dir() else vu.st_mtime_ns,
            somme,
        )
    return trouve


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    for ligne in Path("/proc/self/status").read_text().splitlines():
        if ligne.startswith("VmHWM"):
            return int(ligne.split()[1])
    return 0
