"""`python -m quizgen.cli` is `quizgen`."""

from quizgen.cli import main

if __name__ == "__main__":
    main()
