"""What was found, as tables for people and as JSON for programs."""

import json
from dataclasses import asdict

# Figure, heading, scale of its unit, decimals.
COLUMNS = {
    "load": (
        ("cpu_seconds_per_request", "CPU us/request", 1e6, 2),
        ("p99_seconds", "p99 ms", 1e3, 2),
        ("requests_per_second", "requests/s", 1, 0),
        ("errors", "errors", 1, 0),
    ),
    "spawn": (("first_answer_seconds", "first answer ms", 1e3, 1),),
    "memory": (
        ("worker_pss_bytes", "worker PSS KiB", 1 / 1024, 0),
        ("worker_uss_bytes", "worker USS KiB", 1 / 1024, 0),
        ("idle_connection_bytes", "idle connection bytes", 1, 0),
    ),
}
# Whose ratio to the reference says something.
COMPARED = {
    "cpu_seconds_per_request", "p99_seconds", "first_answer_seconds", "worker_pss_bytes", "worker_uss_bytes",
    "idle_connection_bytes",
}


def table(case, summary, reference):
    """A Markdown table: medians, and medians of ratios with their quartiles."""
    rows = [_headings(case, reference)]
    for name, figures in summary.items():
        cells = [name]
        for figure, _, scale, decimals in COLUMNS[case.kind]:
            cells.append(f"{figures[figure]['value'].median * scale:,.{decimals}f}")
            if figure in COMPARED:
                cells.append(_ratio(figures[figure].get("ratio")))
        rows.append(cells)
    return "\n".join([f"{case.title} ({case.name})", "", *_aligned(rows)])


def _headings(case, reference):
    cells = [""]
    for figure, heading, _, _ in COLUMNS[case.kind]:
        cells.append(heading)
        if figure in COMPARED:
            cells.append(f"/ {reference}")
    return cells


def _ratio(spread):
    return f"{spread.median:.2f} [{spread.low:.2f}, {spread.high:.2f}]" if spread else ""


def _aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def as_json(machine, results):
    """Everything, the samples included; SI units, named in the keys."""
    cases = []
    for case, samples, summary, reference, sentences in results:
        spreads = {
            name: {figure: {kind: asdict(spread) for kind, spread in found.items()} for figure, found in figures.items()}
            for name, figures in summary.items()
        }
        cases.append({
            "case": case.name, "title": case.title, "reference": reference, "samples": samples, "summary": spreads,
            "notes": sentences,
        })
    return json.dumps({"schema": 1, "machine": machine, "cases": cases}, indent=2)
