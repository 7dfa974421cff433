"""One platform's list as CSV, workbook or Parquet, encrypted for transport where asked."""

from siei_match.release.export.encryption import read_keys
from siei_match.release.export.lists import FORMATS, export_list

__all__ = ["FORMATS", "export_list", "read_keys"]
