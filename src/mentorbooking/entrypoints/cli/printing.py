"""Results on standard output: columns for people, JSON for machines."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Sequence
from datetime import datetime

import click


def print_json(value: object) -> None:
    """Print anything that msgspec can encode, indented."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


async def print_json_lines(values: AsyncIterable[object]) -> None:
    """Print an array of any length with one item on a line."""
    import msgspec

    before = "["
    async for value in values:
        click.echo(f"{before}\n  {msgspec.json.encode(value).decode()}", nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns that are as wide as what is in them."""
    cells = [header, *([as_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def as_cell(value: object) -> str:
    """Write a value in a column; what would break the line is taken out."""
    match value:
        case None:
            return "-"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}Z"
        case _:
            return " ".join(str(value).split()) or "-"
