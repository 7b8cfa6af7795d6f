"""`python -m catlearn`."""

from catlearn.cli import main

main()
