"""What can be wrong with the text of an extract: cells, rows, columns, bytes."""

import codecs
import gzip
import zlib
from collections.abc import Callable
from functools import cache
from random import Random

from bench.fuzz_base import Depot

Mutation = Callable[[Random, Depot], None]

FORMULES = ("=ZQXX()", "+ZQXX", "-ZQXX", "@ZQXX", "\t=ZQXX", "\r=ZQXX", " =cmd|' /C ZQXX'!A0",
            "＝ZQXX", '=HYPERLINK("http://zqxx";"ZQXX")', "'=ZQXX", "\u200b=ZQXX")  # fmt: skip
DATES = ("31/02/2008", "00/00/0000", "00/00/2008", "99/99/9999", "2008-13-45", "32132008", "0",
         "29/02/2007", "1/1/1", "01/01/10000", "+2008-01-01", "2008-01-01T00:00:00", "11052008",
         "39583", "²²/²²/²²²²", "٠١/٠١/٢٠٠٨", "1 janvier 2008", "01/01/1899", "01/01/2101",
         "2008-05-11 ", "－2008", "11/05/08", "0000-00-00", "9999-12-31", "-0001-01-01")  # fmt: skip
UNICODE = ("ZQ\u0301\u0301\u0301XX", "\u202eZQXX", "ZQXX\ufeff", "\U0001f600ZQXX", "ZQX\u00adX",
           "ßZQXX", "ﬁZQXX", "İıZQXX", "ZQXX\u0000"[:4], "ZQXX" + "\u0301" * 5000, "\ue000ZQXX",
           "ZQXX\u2028ZQXX", "\x85ZQXX", "ZQXX\x1b[31m", "ZQXX\x07", "\x02siei-match\x03",
           "ZQXX\x1a", "𝐙QXX", "ʼZQXX", "ZQXX\u00a0", "Ⅷ", "½", "Ω", "ﷺ" * 500)  # fmt: skip
NOMBRES = ("0", "-1", "1e309", "NaN", "inf", "0x10", "99999999999999999999", "1,5", "1.5",
           "000000", "true", "null", "None", "NULL", "N/A", "#N/A", "#REF!", "-", ".", "_",
           "+33612345678", "+", "00000000000", "1" * 400)  # fmt: skip
TEXTES = ('"', '""', '"ZQXX', 'ZQ"XX', "'", "`", "\\", "\\n", "{{7*7}}", "${ZQXX}", "%s%n%x",
          "<script>ZQXX</script>", "' OR 1=1 --ZQXX", "[bold]ZQXX[/x]", "../../ZQXX", "C:\\ZQXX",
          "ZQXX\nZQXX", "ZQXX\r\nZQXX", " ", "\t", "  ZQXX  ", ";", "|", ",", "$(ZQXX)",
          "@@zqxx", "zqxx@", "a@b@c", "zqxx@" + "x" * 300 + ".fr", "(?:ZQXX", "a" * 60 + "!")  # fmt: skip
TAILLES = (9_999, 10_000, 10_001, 70_000, 1_000_000, 20_000_000)
CASSANTS = set(';|"\r\n')
BOMBE = 200_000_000
LETTRES_MAX = 20_000_000
"""Letters of a file that repeating its rows may give."""


def put_cell(des: Random, depot: Depot, valeur: str) -> None:
    piece = depot.cible
    if piece.rangees:
        rangee = des.choice(piece.rangees)
        if rangee:
            _put(depot, rangee, des.randrange(len(rangee)), valeur)


def _put(depot: Depot, rangee: list[str], rang: int, valeur: str) -> None:
    piece = depot.cible
    rangee[rang] = valeur
    if piece.extrait == "apprentissage" and CASSANTS & set(valeur):
        piece.compte = False
    if len(rangee) == 1:  # a row of one field may be blank, or the end mark
        piece.compte = False


def cell_formula(des: Random, depot: Depot) -> None:
    put_cell(des, depot, des.choice(FORMULES))


def cell_date(des: Random, depot: Depot) -> None:
    put_cell(des, depot, des.choice(DATES))


def cell_unicode(des: Random, depot: Depot) -> None:
    put_cell(des, depot, des.choice(UNICODE))


def cell_number(des: Random, depot: Depot) -> None:
    put_cell(des, depot, des.choice(NOMBRES))


def cell_text(des: Random, depot: Depot) -> None:
    put_cell(des, depot, des.choice(TEXTES))


def cell_random(des: Random, depot: Depot) -> None:
    codes = (des.choice((des.randrange(1, 128), des.randrange(1, 0xD800))) for _ in range(12))
    put_cell(des, depot, "ZQXX" + "".join(map(chr, codes)))


def cell_huge(des: Random, depot: Depot) -> None:
    lettre = des.choice(("x", "é", "\U0001f600", " ", "=", "1", '"'))
    put_cell(des, depot, "ZQXX" + lettre * des.choice(TAILLES))


def cell_breaks(des: Random, depot: Depot) -> None:
    depot.cible.compte = False
    put_cell(
        des, depot, "ZQXX" + des.choice(("\n", "\r", "\r\n")) * des.choice((1, 19, 20, 21, 500))
    )


def column_of_one_value(des: Random, depot: Depot) -> None:
    piece = depot.cible
    rang = des.randrange(len(piece.colonnes))
    valeur = des.choice((*FORMULES, *DATES, *UNICODE, *NOMBRES, *TEXTES, ""))
    for rangee in piece.rangees:
        if rang < len(rangee):
            _put(depot, rangee, rang, valeur)


def cells_swapped(des: Random, depot: Depot) -> None:
    for rangee in depot.cible.rangees:
        des.shuffle(rangee)


def row_short(des: Random, depot: Depot) -> None:
    if depot.cible.rangees:
        rangee = des.choice(depot.cible.rangees)
        del rangee[des.randrange(1, max(2, len(rangee))) :]
        depot.cible.compte = depot.cible.compte and len(rangee) > 1


def row_long(des: Random, depot: Depot) -> None:
    if depot.cible.rangees:
        des.choice(depot.cible.rangees).extend(["ZQXX"] * des.choice((1, 2, 50, 5000)))


def row_of_separators(des: Random, depot: Depot) -> None:
    depot.cible.rangees.append([""] * des.choice((2, len(depot.cible.colonnes), 300)))


def row_of_end_mark(des: Random, depot: Depot) -> None:
    depot.cible.compte = False
    depot.cible.rangees.insert(des.randrange(3), ["\x02siei-match\x03"])


def rows_blank(des: Random, depot: Depot) -> None:
    depot.cible.compte = False
    for _ in range(des.choice((1, 5, 2000))):
        depot.cible.rangees.insert(des.randrange(3), [des.choice(("", " "))])


def rows_repeated(des: Random, depot: Depot) -> None:
    rangees, fois = depot.cible.rangees, des.choice((2, 10, 300))
    lettres = sum(len(str(cellule)) for rangee in rangees for cellule in rangee)
    if lettres * fois > LETTRES_MAX:
        fois = 2
    # Copies, so that what is done to one of them later is not done to all.
    depot.cible.rangees = [list(rangee) for _ in range(fois) for rangee in rangees]


def rows_shuffled(des: Random, depot: Depot) -> None:
    des.shuffle(depot.cible.rangees)


def rows_none(des: Random, depot: Depot) -> None:
    depot.cible.rangees.clear()


def rows_half(des: Random, depot: Depot) -> None:
    depot.cible.rangees[:] = [r for r in depot.cible.rangees if des.random() < 0.5]


def count_announced(des: Random, depot: Depot) -> None:
    vrai = len(depot.cible.rangees)
    depot.cible.toml["lignes"] = des.choice((vrai, vrai, vrai + 1, 0, 10**18))


def column_removed(des: Random, depot: Depot) -> None:
    rang = des.randrange(len(depot.cible.colonnes))
    for ligne in _lines(depot):
        del ligne[rang : rang + 1]


def column_doubled(des: Random, depot: Depot) -> None:
    rang = des.randrange(len(depot.cible.colonnes))
    for ligne in _lines(depot):
        ligne += ligne[rang : rang + 1]


def column_renamed(des: Random, depot: Depot) -> None:
    piece = depot.cible
    piece.colonnes = list(piece.colonnes)
    noms = ("", " ", "SURNOM", "ligne", "brut:INE", "é" * 50, "x" * 100_000, "[/red]", "\x1b[2J",
            "premier", "0", '"', "=1+1", piece.colonnes[0].swapcase())  # fmt: skip
    piece.colonnes[des.randrange(len(piece.colonnes))] = des.choice(noms)


def columns_reordered(des: Random, depot: Depot) -> None:
    ordre = list(range(len(depot.cible.colonnes)))
    des.shuffle(ordre)
    for ligne in _lines(depot):
        ligne[:] = [ligne[rang] for rang in ordre if rang < len(ligne)]


def header_toggled(des: Random, depot: Depot) -> None:
    depot.cible.entete = not depot.cible.entete
    depot.cible.compte = False


def _lines(depot: Depot) -> list[list[str]]:
    depot.cible.colonnes = list(depot.cible.colonnes)
    return [depot.cible.colonnes, *depot.cible.rangees]


def separator_other(des: Random, depot: Depot) -> None:
    depot.cible.separateur = des.choice((",", "\t", "|", ":", "\x01"))
    depot.cible.compte = False


def line_ends(des: Random, depot: Depot) -> None:
    depot.cible.fin = des.choice(
        ("\n", "\r", "\r\n", "\n\n", "\r\r\n", "\x85", "\u2028", "\x0b", "")
    )
    depot.cible.compte = False


def encoding_other(des: Random, depot: Depot) -> None:
    noms = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "iso-8859-15", "cp1252", "cp500", "utf-7",
            "mac-roman", "gb18030")  # fmt: skip
    put_cell(des, depot, "ZQXXé€œŸ")
    depot.cible.encodage = des.choice(noms)
    if des.random() < 0.5:
        depot.cible.toml["encodage"] = des.choice(("utf-8", "iso-8859-15", "windows-1252"))
    depot.cible.compte = False


def gz(des: Random, depot: Depot) -> None:
    depot.cible.nom += ".gz"


def put_bytes(depot: Depot, octets: bytes) -> None:
    depot.cible.brut, depot.cible.compte = octets, False


def bytes_flipped(des: Random, depot: Depot) -> None:
    octets = bytearray(depot.cible.encode() or b"x")
    for _ in range(des.choice((1, 3, 30))):
        octets[des.randrange(len(octets))] = des.randrange(256)
    put_bytes(depot, bytes(octets))


def bytes_cut(des: Random, depot: Depot) -> None:
    octets = depot.cible.encode()
    put_bytes(depot, octets[: des.randrange(len(octets) + 1)])


def bytes_inserted(des: Random, depot: Depot) -> None:
    octets, ajout = depot.cible.encode(), des.choice(
        (b"\0", b"\0" * 5000, codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"\xff", b"\x1a", b'"', b"\n" * 9,
         b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x1f\x8b", b"PAR1", b"PK\x03\x04"))  # fmt: skip
    ou = des.choice((0, len(octets), des.randrange(len(octets) + 1)))
    put_bytes(depot, octets[:ou] + ajout + octets[ou:])


def bytes_other(des: Random, depot: Depot) -> None:
    put_bytes(depot, des.choice((
        b"", b"\n", b" ", b"\0", b'"', b";", codecs.BOM_UTF8, b"\x1f\x8b", b"PAR1", b"PAR1" * 2,
        des.randbytes(5000), b"x" * 3_000_000, b"\r" * 100_000, b'"' * 100_000, b";" * 1_000_000,
        b"ZQXX;" * 300_000, gzip.compress(b"ZQXX"), b"%PDF-1.7 ZQXX", b"PK\x03\x04ZQXX",
    )))  # fmt: skip


def quote_left_open(des: Random, depot: Depot) -> None:
    octets = depot.cible.encode()
    ou = octets.find(b";", des.randrange(len(octets) + 1)) + 1
    put_bytes(depot, octets[:ou] + b'"' + octets[ou:])


def gzip_damaged(des: Random, depot: Depot) -> None:
    octets = gzip.compress(depot.cible.encode(), mtime=0)
    if not depot.cible.nom.endswith(".gz"):
        depot.cible.nom += ".gz"
    milieu = des.randrange(len(octets))
    put_bytes(depot, des.choice((
        octets[:milieu], octets + b"ZQXX", octets + octets, octets + octets[:20], b"\x1f\x8b",
        octets[:-8] + b"\0" * 8, octets[:10], zlib.compress(b"ZQXX"), gzip.compress(octets), b"ZQXX",
        octets[:milieu] + b"\xff\xff" + octets[milieu + 2 :], octets + b"\0" * 512,
    )))  # fmt: skip


def gzip_bomb(des: Random, depot: Depot) -> None:
    if not depot.cible.nom.endswith(".gz"):
        depot.cible.nom += ".gz"
    debut = gzip.compress(depot.cible.encode() if depot.cible.brut is None else b"", mtime=0)
    put_bytes(depot, debut + bomb(des.choice((b"\n", b"x", b"a;b\n", b"; ", b'"', b"\0", b";\n"))))


@cache
def bomb(motif: bytes) -> bytes:
    bloc, machine = motif * (1_000_000 // len(motif)), zlib.compressobj(9, wbits=31)
    return b"".join(machine.compress(bloc) for _ in range(BOMBE // len(bloc))) + machine.flush()


TEXTE: tuple[Mutation, ...] = (
    cell_formula, cell_date, cell_unicode, cell_number, cell_text, cell_random, cell_huge,
    cell_breaks, column_of_one_value, cells_swapped, row_short, row_long, row_of_separators,
    row_of_end_mark, rows_blank, rows_repeated, rows_shuffled, rows_none, rows_half,
    count_announced, column_removed, column_doubled, column_renamed, columns_reordered,
    header_toggled, separator_other, line_ends, encoding_other, gz,
)  # fmt: skip
"""Changes to rows and columns; several may follow one another."""
OCTETS: tuple[Mutation, ...] = (
    bytes_flipped, bytes_cut, bytes_inserted, bytes_other, quote_left_open, gzip_damaged,
    gzip_bomb,
)  # fmt: skip
"""Changes to a file's bytes: the last of a delivery."""
