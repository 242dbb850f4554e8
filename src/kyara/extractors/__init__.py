"""Extractors, one file each; built.py makes ready ones of the names a user gives."""
