"""Alternating rounds: neighbours in time are compared, so that a machine's moods cancel out."""

import sys

from .actions import ACTIONS


def present(case, bench, only):
    """The case's contenders that can be measured here, and sentences about the others."""
    can, sentences = [], []
    for contender in case.contenders:
        if only and contender.name not in only:
            continue
        if bench.programs.get(contender.program):
            can.append(contender)
        else:
            sentences.append(f"{contender.name} was not measured: {contender.program} {contender.missing}.")
    return can, sentences


def measure(case, bench, contenders, rounds):
    """A list of figures for each contender, one entry a round."""
    samples = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        for contender in turned(contenders, number):
            progress(f"{case.name}: round {number + 1} of {rounds}, {contender.name}")
            samples[contender.name].append(ACTIONS[case.kind](bench, case, contender))
    progress("")
    return samples


def turned(contenders, number):
    """Who is first changes from round to round."""
    at = number % len(contenders)
    return contenders[at:] + contenders[:at]


def progress(text):
    """Only where somebody looks."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
