"""The results of a run on disk: Parquet parts (and JSONL beside them), done-marks, the ledger, one run a folder."""
