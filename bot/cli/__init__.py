"""The command line: reads what a person typed, calls the doing floor, shows what came of it. Decides nothing itself."""
