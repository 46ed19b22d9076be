"""`python -m forbear` is the command `forbear`."""

from forbear.cli import main

main()
