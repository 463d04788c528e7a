"""`python -m bot` is `pullquote`."""

from bot.cli.main import main

main()
