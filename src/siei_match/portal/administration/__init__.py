"""An administrator's pages: campaigns to release, accounts, platforms, the audit log."""
