"""The forms in which providers' systems deliver: the same rows, in XML, JSON, workbooks, other headings."""

from siei_match.simulate.real.writing import EXTRACTS, write_files

__all__ = ["EXTRACTS", "write_files"]
