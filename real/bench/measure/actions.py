"""What is done with one contender, once: each returns named figures."""

import resource
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .client import ask, connect, free_port, wait_for_answer, wrk
from .contender import Place, hyper
from .process import Failed, Server, wait_until

IDLE_CONNECTIONS = 4000


class Bench:
    """Where and how long."""

    def __init__(self, programs, cpu, seconds):
        self.programs = programs
        self.cpu = cpu
        self.seconds = seconds

    @contextmanager
    def running(self, contender, upstreams=()):
        """The contender in a folder and at a port of its own, not awaited."""
        with tempfile.TemporaryDirectory(prefix="evenkeel-bench-") as folder:
            place = Place(free_port(), Path(folder), tuple(upstreams))
            argv = contender.command(self.programs, place)
            with Server(contender.name, argv, folder, self.cpu) as server:
                yield server, place.port

    @contextmanager
    def origins(self, count):
        """The ports of `count` origins, the same for every proxy."""
        with ExitStack() as stack:
            ports = []
            for _ in range(count):
                server, port = stack.enter_context(self.running(hyper(1)))
                wait_for_answer(server, port)
                ports.append(port)
            yield ports


def load(bench, case, contender):
    """CPU of the server's processes for each request, and p99, under wrk."""
    with bench.origins(case.upstreams) as upstreams, bench.running(contender, upstreams) as (server, port):
        wait_for_answer(server, port)
        warm_up(port)
        before = server.cpu_seconds()
        counted = wrk(port, bench.seconds, bench.cpu, case.close)
        server.check()
        cpu = server.cpu_seconds() - before
    return {
        "cpu_seconds_per_request": cpu / counted.requests,
        "p50_seconds": counted.p50_seconds,
        "p99_seconds": counted.p99_seconds,
        "requests_per_second": counted.requests / counted.seconds,
        "errors": counted.errors,
    }


def warm_up(port, requests=100):
    """So that what is only paid once is not measured."""
    with connect(port) as stream:
        for _ in range(requests):
            ask(stream)


def spawn(bench, _case, contender):
    """From starting the program to having the first answer; its start included, so no client can see less."""
    began = time.monotonic()
    with bench.running(contender) as (server, port):
        wait_for_answer(server, port)
        took = time.monotonic() - began
    return {"first_answer_seconds": took}


def memory(bench, _case, contender):
    """Of each worker at rest; and what an idle connection that was served once adds to all of them."""
    with bench.running(contender) as (server, port), ExitStack() as stack:
        wait_for_answer(server, port)
        warm_up(port)
        settle(server)
        workers = server.workers()
        pss, uss = server.memory(workers)
        before, _ = server.memory()
        for _ in range(idle_connections()):
            stream = stack.enter_context(connect(port))
            ask(stream)
        settle(server)
        server.check()
        after, _ = server.memory()
    return {
        "worker_pss_bytes": pss / len(workers),
        "worker_uss_bytes": uss / len(workers),
        "idle_connection_bytes": (after - before) / idle_connections(),
    }


def idle_connections():
    """As many as this process may open, at most."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(IDLE_CONNECTIONS, hard - 100)


def settle(server):
    """Waits until a tenth of a second has cost it nothing to speak of."""
    def quiet():
        before = server.cpu_seconds()
        time.sleep(0.1)
        return server.cpu_seconds() - before < 0.002
    try:
        wait_until(quiet, 5.0, f"{server.name}'s coming to rest")
    except Failed:
        pass  # One that never rests is measured as it is.


ACTIONS = {"load": load, "spawn": spawn, "memory": memory}
