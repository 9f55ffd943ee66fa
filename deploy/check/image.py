"""Run an image that buildah made as a cluster would: nobody, read-only, process 1, a real Kafka.

``python -m deploy.check.image slim out/image``, as root; deploy/check/image.sh calls it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.broker import DevBroker, ports

READY_LIMIT_S: Final = 90.0
STOP_LIMIT_S: Final = 25.0
ENTER: Final = """
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t tmpfs -o size=256m tmpfs "$1/tmp"
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
shift_root=$1; user=$2; shift 2
exec chroot --userspec="$user" "$shift_root" "$@"
"""
_UNSHARE: Final = ("unshare", "--pid", "--fork", "--mount", "sh", "-ec", ENTER, "sh")


@dataclass(frozen=True, slots=True)
class Image:
    """A mounted image and what its configuration says."""

    root: str
    user: str
    environment: Mapping[str, str]
    entrypoint: Sequence[str]
    health: Sequence[str]
    labels: Mapping[str, str]

    def start(self, command: Sequence[str], **variables: str) -> subprocess.Popen[str]:
        """Start ``command`` in the image as process 1 of a namespace of its own."""
        environment = [
            f"{name}={value}" for name, value in {**self.environment, **variables}.items()
        ]
        inside = ["env", "-i", *environment, *command]
        return subprocess.Popen(  # noqa: S603 - what this check is for
            # Not --kill-child: it would hide a worker that ignores its signal.
            [*_UNSHARE, self.root, self.user, *inside],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: Sequence[str], **variables: str) -> str:
        """Run ``command`` to its end and return what it said."""
        process = self.start(command, **variables)
        said, _ = process.communicate(timeout=120)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
        return said

    def squall(self, *arguments: str, **variables: str) -> str:
        """Run the entry point with arguments."""
        return self.run([*self.entrypoint, *arguments], **variables)


@contextmanager
def opened(name: str) -> Iterator[Image]:
    """Yield the image ``name`` of buildah's store, mounted."""
    container = _buildah("from", f"localhost/{name}")
    try:
        config = json.loads(_buildah("inspect", container))["Docker"]["config"]
        environment = dict(entry.split("=", 1) for entry in config["Env"])
        yield Image(
            root=_buildah("mount", container),
            user=config["User"],
            environment=environment,
            entrypoint=config["Entrypoint"],
            health=config["Healthcheck"]["Test"][1:],
            labels=config["Labels"],
        )
    finally:
        _buildah("umount", container)
        _buildah("rm", container)


def check(image: Image, variant: str) -> Iterator[str]:
    """Yield a line for each thing that holds; ends the program at one that does not."""
    _want(image.user == "10001:10001", f"the user is {image.user}")
    _want("org.opencontainers.image.revision" in image.labels, "no revision label")
    yield f"labels: {image.labels['org.opencontainers.image.version']}, user {image.user}"
    _want("worker" in image.squall("--help"), "squall --help names no worker")
    yield "squall --help"
    said = image.squall("check-config", "--json")
    _want(json.loads(said)["settings"]["kafka"]["security_protocol"] == "PLAINTEXT", said)
    yield "squall check-config"
    has_torch = image.run(["python", "-c", _HAS_TORCH]).strip()
    _want(has_torch == str(variant == "full"), f"torch in {variant}: {has_torch}")
    yield f"torch: {has_torch}"
    with DevBroker() as broker:
        variables = {"SQUALL_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap, "SQUALL_PARTITIONS": "2"}
        image.squall("topics", "apply", **variables)
        yield "squall topics apply"
        for role in ("detector", "notifier", *(["scorer"] if variant == "full" else [])):
            yield _worker(image, role, variables)


_HAS_TORCH: Final = "import importlib.util as u; print(u.find_spec('torch') is not None)"


def _worker(image: Image, role: str, variables: Mapping[str, str]) -> str:
    health, metrics = ports.choose(2)
    own = {"SQUALL_HEALTH__PORT": str(health), "SQUALL_METRICS__PORT": str(metrics)}
    process = image.start([*image.entrypoint, "worker", role], **variables, **own)
    started_s = time.monotonic()
    try:
        while not _answers(f"http://127.0.0.1:{health}/readyz"):
            late = time.monotonic() - started_s > READY_LIMIT_S
            if process.poll() is not None or late:
                process.kill()
                raise SystemExit(f"{role} was never ready:\n{process.communicate()[0]}")
            time.sleep(0.2)
        ready_s = time.monotonic() - started_s
        image.run(list(image.health), **own)
        (worker,) = _children(process.pid)
        os.kill(worker, signal.SIGTERM)
        told_s = time.monotonic()
        said, _ = process.communicate(timeout=STOP_LIMIT_S)
    finally:
        process.kill()
    _want(process.returncode == 0, f"{role} ended with {process.returncode}:\n{said}")
    _want("Read-only file system" not in said and "Traceback" not in said, said)
    stop_s = time.monotonic() - told_s
    return f"{role}: ready in {ready_s:.1f} s, healthy, ended {stop_s:.1f} s after SIGTERM with 0"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - on loopback
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8")
    return [int(one) for one in text.split()]


def _want(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


def _buildah(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - a tool of this check
        ["buildah", *arguments],  # noqa: S607
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def main(arguments: list[str]) -> int:
    variant = arguments[0]
    with opened(f"squall:{variant}") as image:
        for line in check(image, variant):
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
