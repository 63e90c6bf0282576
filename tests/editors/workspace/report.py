import csv


def read_names(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["name"] for row in rows]


def read_prices(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["price"] for row in rows]


def read_counts(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["count"] for row in rows]


def total(rows, currency="EUR"):
    if not rows:
        raise ValueError("no rows")
    return f"{sum(rows)} {currency}"


