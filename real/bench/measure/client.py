"""Clients: wrk for load, sockets for everything else."""

import json
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .process import Failed

REPORT = Path(__file__).parent / "report.lua"
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@dataclass
class Load:
    """What wrk counted."""

    requests: int
    seconds: float
    p50_seconds: float
    p99_seconds: float
    errors: int


def free_port():
    """One that the kernel chose; free until somebody else asks."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wrk(port, seconds, cpu, close, connections=64):
    """A closed loop over `connections` connections from one thread on the same CPU."""
    argv = ["taskset", "-c", str(cpu), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(REPORT)]
    argv += ["-H", "Connection: close"] if close else []
    done = subprocess.run([*argv, f"http://127.0.0.1:{port}/"], capture_output=True, text=True, timeout=seconds + 30)
    found = re.search(r"^\{.*\}$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or not found:
        raise Failed(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    load = Load(**json.loads(found[0]))
    if load.requests == 0:
        raise Failed(f"not one request was answered on port {port}")
    return load


def connect(port, timeout=5.0):
    """A connection that fails rather than waits for ever."""
    return socket.create_connection(("127.0.0.1", port), timeout)


def ask(stream):
    """One request and the whole of its answer, which must be ours."""
    stream.sendall(REQUEST)
    answer = b""
    while not answer.endswith(b"Hello, World!"):
        piece = stream.recv(4096)
        if not piece:
            raise ConnectionError("closed before the answer was whole")
        answer += piece
    if not answer.startswith(b"HTTP/1.1 200"):
        raise Failed(f"an answer that is not 200: {answer[:60]!r}")


def wait_for_answer(server, port, seconds=15.0):
    """Asks until there is an answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        server.check()
        try:
            with connect(port, 1.0) as stream:
                return ask(stream)
        except OSError:
            time.sleep(0.0002)
    raise Failed(f"{server.name} did not answer within {seconds:g} s: {server.said()}")
