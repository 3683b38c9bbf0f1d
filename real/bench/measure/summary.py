"""Medians and quartiles: of the figures, and of their ratios to the reference in the same round."""

from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Spread:
    """A median between its quartiles."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values):
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(low, median(values), high)


def summarise(samples, reference):
    """For each contender and figure its spread, and that of its ratio to the reference's; no ratio to nothing."""
    summary = {}
    for name, rounds in samples.items():
        summary[name] = {figure: _figure(rounds, samples.get(reference), figure) for figure in rounds[0]}
    return summary


def _figure(rounds, reference, figure):
    values = [sample[figure] for sample in rounds]
    found = {"value": Spread.of(values)}
    if reference and all(sample[figure] > 0 for sample in reference):
        found["ratio"] = Spread.of([mine / other[figure] for mine, other in zip(values, reference)])
    return found
