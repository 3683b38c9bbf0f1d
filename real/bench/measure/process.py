"""A server's processes: started on one CPU, counted as a tree, ended by their ids."""

import os
import signal
import subprocess
import time
from pathlib import Path


class Failed(Exception):
    """A sentence: what could not be measured, and why."""


class Server:
    """A running server and all its descendants."""

    def __init__(self, name, argv, folder, cpu):
        self.name = name
        self.log = Path(folder) / f"{name}.log"
        with open(self.log, "wb") as log:
            self.root = subprocess.Popen(
                ["taskset", "-c", str(cpu), *argv],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )

    def pids(self):
        """The root first; then whoever descends from it."""
        parents = {}
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                parents.setdefault(_parent(entry.name), []).append(int(entry.name))
        tree = [self.root.pid]
        for pid in tree:
            tree.extend(parents.get(pid, []))
        return tree

    def workers(self):
        """Who serves: every process but the master; a lone process serves itself."""
        return self.pids()[1:] or self.pids()

    def cpu_seconds(self):
        """User and system time of the tree so far."""
        return sum(_cpu_seconds(pid) for pid in self.pids())

    def memory(self, pids=None):
        """(PSS, USS) in bytes, summed over `pids`, else over the tree."""
        pairs = [_memory(pid) for pid in (self.pids() if pids is None else pids)]
        return sum(pss for pss, _ in pairs), sum(uss for _, uss in pairs)

    def check(self):
        """Fails if it has ended."""
        if self.root.poll() is not None:
            raise Failed(f"{self.name} ended with status {self.root.returncode}: {self.said()}")

    def said(self):
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-600:].strip() or "it said nothing"

    def stop(self):
        """Politely; after two seconds not."""
        pids = self.pids()
        self.root.terminate()
        try:
            self.root.wait(2)
        except subprocess.TimeoutExpired:
            pids = self.pids()
            self.root.kill()
            self.root.wait()
        for pid in pids[1:]:
            _end_orphan(pid, self.root.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def _end_orphan(pid, session):
    """Kills what outlived its master; `session` tells it from a stranger who got the same id."""
    try:
        if os.getsid(pid) == session:
            os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def wait_until(condition, seconds, what):
    """Polls every 2 ms."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{what} did not come about within {seconds} s")
        time.sleep(0.002)


def _parent(pid):
    try:
        return int(_stat(pid)[1])
    except OSError:
        return -1


def _stat(pid):
    """The fields of `stat` after the command's name, which may contain anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _cpu_seconds(pid):
    """From schedstat, in nanoseconds; `stat` counts in ticks of 10 ms and adds children that have ended."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except FileNotFoundError:
        return _cpu_ticks(pid) / os.sysconf("SC_CLK_TCK")


def _cpu_ticks(pid):
    try:
        return sum(int(field) for field in _stat(pid)[11:13])
    except OSError:
        return 0


def _memory(pid):
    """(PSS, USS) in bytes."""
    sizes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, size = line.split()[:2]
        sizes[name] = int(size) * 1024
    return sizes["Pss:"], sizes["Private_Clean:"] + sizes["Private_Dirty:"]
