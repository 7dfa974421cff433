"""The audit log: who did what, when, with which files; append-only, and chained by hashes.

    DIR/memoire/audit.jsonl      one entry a line, canonical JSON (0600, in a folder 0700)
    DIR/memoire/audit.tete       number and hash of the last entry
    DIR/memoire/audit.dechire-N  what a crash left of entry N, set aside by the next one

`empreinte` is the SHA-256 of the rest of its line, in which `precedent` is that of the line before:
no line changes, moves or goes without breaking the chain. It takes no key, so that whoever can
read the log can check it, on any machine, years later. But whoever can write the file could also
compute the chain again: so a line carries a seal too (`sceau`, HMAC-SHA-256) where the command that
writes it has the key, and it covers the hash of the line before. A command without the key adds a
line without a seal, and says so: the line is no proof of anything, not even of honest work, so that
whoever takes seals off gains nothing. With the key, and after any seal without it, such a line is a
fault until somebody who holds the key answers for it (`siei audit accept`).

What no file can prove about itself is that its end was not cut, `audit.tete` included: the setting
`ancre_audit` has each hash noted outside of the folder too, and `verify` compares. Or note the hash
of the last line elsewhere from time to time, and give it to `verify`.
"""

from siei_match.output.audit.entry import Actor, Body, Entry, is_sealed_by, make_body
from siei_match.output.audit.following import Followed, LogFollower, read_entries
from siei_match.output.audit.log import MEMOIRE, append, record, require_writable
from siei_match.output.audit.verification import Fault, Verification, accept_unsealed, verify

__all__ = [
    "MEMOIRE",
    "Actor",
    "Body",
    "Entry",
    "Fault",
    "Followed",
    "LogFollower",
    "Verification",
    "accept_unsealed",
    "append",
    "is_sealed_by",
    "make_body",
    "read_entries",
    "record",
    "require_writable",
    "verify",
]
