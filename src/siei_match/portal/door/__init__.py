"""What every request passes through: who is here, may they, and how a page is shown."""
