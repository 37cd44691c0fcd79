"""`python -m seesay` is the command line."""

from seesay.cli import main

main()
