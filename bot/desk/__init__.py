"""The web process. Flask and waitress are known here and nowhere else."""
