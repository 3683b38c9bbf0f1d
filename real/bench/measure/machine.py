"""What the figures belong to: the machine, and the versions."""

import os
import platform
import re
import subprocess
from datetime import date
from pathlib import Path


def describe(programs, cpu):
    """As data."""
    return {
        "date": date.today().isoformat(),
        "processor": _processor(),
        "cpus": os.cpu_count(),
        "pinned_to_cpu": cpu,
        "kernel": platform.release(),
        "load_average": os.getloadavg()[0],
        "versions": {
            "real": _version([programs["real"], "--version"]),
            "nginx": _version([programs["nginx"], "-v"]),
            "haproxy": _version([programs["haproxy"], "-v"]),
            "wrk": _version(["wrk", "-v"]),
            "rustc": _version(["rustc", "--version"]),
        },
    }


def sentence(machine):
    """As a line."""
    versions = ", ".join(f"{name} {version or 'absent'}" for name, version in machine["versions"].items())
    return (
        f"{machine['date']}, {machine['processor']}, {machine['cpus']} CPUs, all pinned to CPU {machine['pinned_to_cpu']}, "
        f"Linux {machine['kernel']}, load average {machine['load_average']:.1f}; {versions}"
    )


def _processor():
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _version(argv):
    """The first thing that looks like one in what the program says of itself."""
    if not argv[0]:
        return None
    try:
        said = subprocess.run(argv, capture_output=True, text=True, timeout=10)
    except OSError:
        return None
    found = re.search(r"\d+\.\d+[\w.+~-]*", said.stdout + said.stderr)
    return found[0] if found else "unknown"
