"""What is measured: the table of cases."""

from dataclasses import dataclass

from .contender import floor, haproxy, hyper, nginx, real


@dataclass(frozen=True)
class Case:
    """Contenders under the same load; `kind` says what is done with each."""

    name: str
    title: str
    kind: str
    contenders: tuple
    close: bool = False
    upstreams: int = 0


def _origin(name, title, kind, **options):
    contenders = (nginx("nginx", "nginx-origin.conf", 2), hyper(2), real("real", "--workers", "2"))
    return Case(name, title, kind, contenders, **options)


def _proxy(balancers):
    title = f"proxy before 4 origin workers, keep-alive, {balancers} balancer{'s' * (balancers > 1)}"
    contenders = (
        nginx("nginx", "nginx-proxy.conf", balancers),
        haproxy("haproxy", "haproxy-http.cfg", balancers),
        haproxy("haproxy-tcp", "haproxy-tcp.cfg", balancers),
        hyper(balancers),
        *([floor()] if balancers == 1 else []),
        real("real", "--accept", "proxy", "--balancers", str(balancers)),
    )
    return Case(f"proxy-{balancers}", title, "load", contenders, upstreams=4)


def _connections():
    contenders = (
        nginx("nginx", "nginx-origin.conf", 2),
        nginx("nginx-reuseport", "nginx-origin.conf", 2, listen="reuseport"),
        hyper(2),
        real("real-single", "--accept", "single"),
        real("real-shared", "--accept", "shared", "--workers", "2"),
        real("real-reuseport", "--accept", "reuseport", "--workers", "2"),
        real("real-handoff", "--accept", "handoff", "--workers", "2"),
    )
    return Case("connections", "origin, a connection per request, 2 workers", "load", contenders, close=True)


def _keep_alive():
    contenders = (nginx("nginx", "nginx-origin.conf", 2), hyper(2), floor(), real("real", "--workers", "2"))
    return Case("origin", "origin, keep-alive, 2 workers", "load", contenders)


CASES = (
    _keep_alive(),
    _connections(),
    _proxy(1),
    _proxy(2),
    _origin("spawn", "spawn to the first answer, 2 workers", "spawn"),
    _origin("memory", "memory: of a worker, and of an idle keep-alive connection", "memory"),
)
