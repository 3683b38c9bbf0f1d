"""The command line."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from . import machine, report
from .actions import Bench
from .cases import CASES
from .contender import programs
from .process import Failed
from .rounds import measure, present
from .summary import summarise

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = """examples:
  real/bench/run                                   everything, about ten minutes
  real/bench/run --case origin --case proxy-1      two cases
  real/bench/run --case connections --rounds 15    narrower quartiles
  real/bench/run --only nginx --only real          these two
"""


def main():
    """0: measured; 1: failed while measuring; 2: wrong usage; 130: interrupted."""
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(options)
    except Failed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parse():
    """Flags."""
    parser = argparse.ArgumentParser(
        prog="real/bench/run", epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="CPU per request, p99, start and memory of the server beside nginx and HAProxy, in alternating rounds, "
                    "servers, origins and wrk pinned to one CPU.",
    )
    add = parser.add_argument
    add("--case", action="append", choices=[case.name for case in CASES], help="measure only this; repeatable")
    add("--only", action="append", metavar="NAME", help="measure only this contender; repeatable")
    add("--rounds", type=positive, default=7, metavar="N", help="rounds of each case (7)")
    add("--seconds", type=positive, default=2, metavar="N", help="of load for each contender in each round (2)")
    add("--cpu", type=int, default=max(os.sched_getaffinity(0)), metavar="N", help="the CPU everything is pinned to (last)")
    add("--reference", default="nginx", metavar="NAME", help="what ratios are taken to (nginx)")
    add("--build", type=Path, default=ROOT / "target/release", metavar="DIR", help="where our binaries are (target/release)")
    add("--no-build", action="store_true", help="measure the binaries that are there")
    add("--json", type=Path, metavar="FILE", help="also write everything to FILE, `-` for the standard output instead of tables")
    return parser.parse_args()


def positive(text):
    """A count."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def run(options):
    """All wanted cases, each told as soon as it is done."""
    if not shutil.which("wrk"):
        raise Failed("wrk is not installed (Debian: apt install wrk)")
    if not options.no_build:
        build(options.build)
    bench = Bench(programs(options.build), options.cpu, options.seconds)
    told = sys.stderr if str(options.json) == "-" else sys.stdout
    about = machine.describe(bench.programs, options.cpu)
    print(machine.sentence(about), file=told)
    results = [one(case, bench, options, told) for case in CASES if not options.case or case.name in options.case]
    write(options.json, report.as_json(about, results))
    return 0


def build(folder):
    """What is measured is what the source says."""
    command = ["cargo", "build", "--quiet", "--release", "-p", "real", "--bins", "--examples"]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, "CARGO_TARGET_DIR": str(folder.resolve().parent)}).returncode:
        raise Failed("the server does not build; --no-build measures the binaries that are there")


def one(case, bench, options, told):
    """Measures a case and prints its table."""
    contenders, sentences = present(case, bench, options.only)
    names = [contender.name for contender in contenders]
    reference = options.reference if options.reference in names else next(iter(names), None)
    samples = measure(case, bench, contenders, options.rounds)
    summary = summarise(samples, reference)
    print("", report.table(case, summary, reference), *sentences, sep="\n", file=told, flush=True)
    return case, samples, summary, reference, sentences


def write(path, text):
    """To a file, or to where tables would have gone."""
    if path is None:
        return
    if str(path) == "-":
        print(text)
    else:
        path.write_text(text + "\n")
