"""The servers that are compared, and how each is started."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

CONFIG = Path(__file__).parent.parent / "config"


@dataclass(frozen=True)
class Place:
    """Where a server runs: its port, what it stands before, and a folder for its files."""

    port: int
    folder: Path
    upstreams: tuple = ()


@dataclass(frozen=True)
class Contender:
    """A server as somebody would run it."""

    name: str
    program: str
    argv: object  # of (program, place)
    missing: str = field(default="is not installed")

    def command(self, programs, place):
        """What to run, or why it cannot be."""
        program = programs.get(self.program)
        return self.argv(program, place) if program else None


def programs(build):
    """Where each program is; those that are not anywhere are `None`."""
    found = {"nginx": shutil.which("nginx"), "haproxy": shutil.which("haproxy")}
    # Debian keeps them where only root looks.
    for name in ("nginx", "haproxy"):
        found[name] = found[name] or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    ours = {"real": "real", "minimal_hyper": "examples/minimal_hyper", "epoll_floor": "examples/epoll_floor"}
    for name, path in ours.items():
        found[name] = str(build / path) if (build / path).exists() else None
    return found


def fill(template, place, **values):
    """Writes a configuration file from its template: `@name@` stands for a value."""
    text = (CONFIG / template).read_text()
    for name, value in {"port": place.port, "folder": place.folder, **values}.items():
        text = text.replace(f"@{name}@", str(value))
    path = place.folder / template
    path.write_text(text)
    return str(path)


def nginx(name, template, workers, listen=""):
    """nginx, in the foreground."""
    def argv(program, place):
        servers = "\n        ".join(f"server 127.0.0.1:{port};" for port in place.upstreams)
        path = fill(template, place, workers=workers, listen=listen, servers=servers)
        return [program, "-p", str(place.folder), "-e", "stderr", "-c", path]
    return Contender(name, "nginx", argv)


def haproxy(name, template, threads):
    """HAProxy: one process, as many threads as there are balancers."""
    def argv(program, place):
        servers = "\n    ".join(f"server s{port} 127.0.0.1:{port}" for port in place.upstreams)
        return [program, "-db", "-f", fill(template, place, threads=threads, servers=servers)]
    return Contender(name, "haproxy", argv)


def hyper(workers):
    """The least hyper needs to do the same."""
    def argv(program, place):
        return [program, f"127.0.0.1:{place.port}", str(workers), *_addresses(place)]
    return Contender("minimal-hyper", "minimal_hyper", argv, "is not built")


def floor():
    """What the kernel costs: no parsing at all."""
    def argv(program, place):
        return [program, f"127.0.0.1:{place.port}", *_addresses(place)]
    return Contender("epoll-floor", "epoll_floor", argv, "is not built")


def real(name, *flags):
    """This project's server, all its limits, timeouts and counters on."""
    def argv(program, place):
        upstreams = [flag for address in _addresses(place) for flag in ("--upstream", address)]
        # The kernel chooses the port of the admin pages.
        return [program, "--listen", f"127.0.0.1:{place.port}", "--admin", "127.0.0.1:0", *flags, *upstreams]
    return Contender(name, "real", argv, "is not built")


def _addresses(place):
    return [f"127.0.0.1:{port}" for port in place.upstreams]
