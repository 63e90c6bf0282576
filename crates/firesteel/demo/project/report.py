"""Prints what is in the warehouse."""

import csv
from pathlib import Path


class Report:
    def __init__(self, path: Path, currency: str = "EUR", width: int = 40):
        self.path = path
        self.currency = currency
        self.width = width
        self.rows = []

    def load(self, delimiter: str = ";") -> int:
        if not self.path.exists():
            raise FileNotFoundError(self.path)
        with self.path.open(newline="") as file:
            for row in csv.DictReader(file, delimiter=delimiter):
                self.rows.append(row)
        return len(self.rows)

    def total(self) -> int:
        return sum(int(row["count"]) * int(row["price"]) for row in self.rows)

    def render(self) -> str:
        lines = [row["name"].ljust(self.width) + row["count"] for row in self.rows]
        lines.append("total".ljust(self.width) + f"{self.total()} {self.currency}")
        return "\n".join(lines)


def main(path: str) -> None:
    report = Report(Path(path))
    report.load()
    print(report.render())
