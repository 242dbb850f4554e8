"""`python -m kyara` is the same as `kyara`."""

from kyara.cli.main import main

if __name__ == "__main__":  # worker processes import this file again
    main()
