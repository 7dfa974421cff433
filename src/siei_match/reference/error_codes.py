"""The codes of errors: what a program tests, where words may change (`--journal json`).

docs/erreurs.md lists them, with the errors that bear each. The exit code says less: 1 for all.
"""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "livraison": "the delivery, in a way that has no code of its own",
    "declaration": "campagne.toml is missing, or cannot be read",
    "declaration_a_completer": "questions of `siei prepare` stand in campagne.toml unanswered",
    "extrait_absent": "a required extract is not listed",
    "fichier_absent": "a file is listed and not there",
    "fichier_en_double": "a file is listed twice",
    "fichier_non_liste": "a file of a required extract is there and not listed",
    "fichier_vide": "a file holds nothing",
    "fichier_illisible": "the system refuses to read a file",
    "fichier_abime": "a file is damaged or cut short",
    "sha256": "a file is not the one announced",
    "lignes_annoncees": "a file has not the number of rows announced",
    "format": "a file is of another form than its name says",
    "archive": "a zip does not hold the documents of one export of SIECLE",
    "encodage": "a byte is not of the encoding announced",
    "entete": "the first line is not the extract's header",
    "colonnes": "columns are missing, unknown or double",
    "type_de_colonne": "a column of a Parquet file holds what cannot be told as text",
    "decoupage": "the rows are not cut as the extract's",
    "guillemet": "a quote was opened and not closed",
    "champ_trop_long": "a field or a row is far too long",
    "volume": "a file holds far more than an extract does",
    "taux_rejet": "too large a share of a file's rows is rejected",
    "reglage": "a setting, option or identifier makes no sense",
    "derive": "a delivery is too far from what the model was taught that it is to be linked with",
    "complement_absent": "an extra of the package is not installed",
    "usage": "the command line cannot be understood (exit code 2)",
    "sortie": "the output folder, in a way that has no code of its own",
    "fichier_de_sortie": "a file of the output folder is missing or damaged",
    "droits": "the right to read or write is denied",
    "disque_plein": "no room is left, or the quota is spent",
    "verrou": "another command is writing into the output folder",
    "base_ouverte": "another program holds a database of the output folder open for writing",
    "non_publiee": "the lists asked for were released by nobody",
    "refus": "a gate, or the state of the campaign, forbids the act",
    "personne": "the person asked for, or what was asked of their rights",
    "machine": "the system failed: disk, network share, memory",
    "moteur": "workers, or their scheduler, cannot be reached, are gone or are not as this program",
    "interruption": "the command was told to end",
    "non_dit": "the work is done, and could not be told on standard output (exit code 3)",
    "defaut": "a defect of siei-match: report it",
    "erreur": "anything else",
}
"""What each code means, in the order of a campaign: delivery, settings, output, machine."""
