"""What each provider has to correct: a workbook in French, that names files, lines and columns only.

    write_sheets(checked, limit, folder)

Modules: `providers` (who delivers what), `words` (what each rule and fault means), `remarks` (what a
check found, provider by provider), `workbook` (the file).
"""

from siei_match.campaign.sheets.remarks import Remark, list_remarks
from siei_match.campaign.sheets.workbook import write_sheets

__all__ = ["Remark", "list_remarks", "write_sheets"]
