"""Workbooks (.xlsx, .ods) as extracts: a row of text per row of a sheet, never more than a part in memory.

Their XML is read by our own few handlers of expat. Well-kept readers were tried in November 2026 on
100,000 rows of 20 columns: openpyxl takes 52 s; calamine 1 s, but it builds the whole grid before
anybody can look at it, and two cells in opposite corners of an empty sheet end the process (it asks
for 550 GB at once). What each format means by a date is openpyxl's word.
"""

from siei_match.stages.extract.workbooks.reading import WorkbookReading, list_headings

__all__ = ["WorkbookReading", "list_headings"]
