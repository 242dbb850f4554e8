"""`python -m kyara` is the same as `kyara`."""

from kyara.cli.main import main

main()
