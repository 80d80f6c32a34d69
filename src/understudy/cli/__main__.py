"""`python -m understudy.cli` is `understudy`."""

from understudy.cli import main

main()
