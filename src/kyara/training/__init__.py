"""Training: how our own weights come about. Needs the extra `[train]`; a run of `kyara extract` never comes here."""
