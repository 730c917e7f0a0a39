"""Tables as tests read and write them: a CSV file as a list of rows, each a dict of texts."""

import csv


def rows(path):
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, table):
    """Write rows as a CSV file, with the headings of the first; gives the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    return path
