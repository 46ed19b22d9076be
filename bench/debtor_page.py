"""The debtor's page under load: 200 debtors at once on the served product, beside a bare static file in the same run.

    python -m bench.debtor_page [--debtors 200] [--seconds 60] [--think 5] [--scale 0.05]

A demo bank is made in a folder of its own and served by `forbear serve` as it stands (gunicorn, workers of the queue and
all). Each debtor has a proved visit of their own and, from one address after the other, opens a page, reads it for
`think` seconds on average (exponential) and opens the next. With `--think 0` nobody reads: every debtor asks again at
once. The client runs on the same cores. Errors are answers other than 200 and connections that failed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.machine import describe

PAGES = (
    "/my/", "/my/", "/my/why/", "/my/pay/", "/my/contacts/", "/my/messages/", "/my/agreements/", "/my/options/",
    "/my/afford/consent/", "/my/complain/", "/my/wishes/", "/my/help/", "/my/plan/", "/my/helpers/",
)  # fmt: skip
BARE = "/static/debtor/my.css"
WARM_ROUNDS = 2
SECONDS_TO_START = 120
ANSWER_SECONDS = 30

Taken = list[tuple[str, float, int]]  # path, seconds, status (0: no answer)

LINKS = """
import django
django.setup()
from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.debtor import access
at = clock.now()
for case in Case.objects.filter(past_due_minor__gt=0).select_related("customer").order_by("pk")[: {debtors}]:
    made = access.begin_visit(access.make_link(case, at=at).link, at)
    access.pass_identity(made.visit, "id_tail", at)
    print(made.key)
"""


def settings(home: str) -> dict[str, str]:
    """Return the environment of the benchmark's own bank."""
    return {**os.environ, "FORBEAR_HOME": home, "DJANGO_SETTINGS_MODULE": "forbear.web.config.settings"}


def make_bank(home: str, scale: float, debtors: int) -> list[str]:
    """Make the demo bank and return the cookie of a proved visit of so many debtors."""
    command = [sys.executable, "-m", "forbear", "demo", "--no-serve", "--scale", str(scale)]
    subprocess.run(command, env=settings(home), check=True, stdout=subprocess.DEVNULL)
    script = LINKS.format(debtors=debtors)
    made = subprocess.run(
        [sys.executable, "-c", script], env=settings(home), check=True, capture_output=True, text=True
    )
    return made.stdout.split()


@contextmanager
def served(home: str, port: int) -> Iterator[None]:
    """Serve the bank as `forbear serve` does."""
    command = [sys.executable, "-m", "forbear", "serve", "--port", str(port)]
    server = subprocess.Popen(
        command, env=settings(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.3)
        yield
    finally:
        server.terminate()
        server.wait(timeout=60)


async def get(port: int, path: str, cookie: str) -> tuple[float, int]:
    """Ask for one page on a connection of its own; return seconds and status, 0 where there was no answer."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            cookies = f"Cookie: my_visit={cookie}\r\n" if cookie else ""
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookies}Connection: close\r\n\r\n".encode()
            )
            answer = await reader.read()
            writer.close()
        return time.perf_counter() - began, int(answer[9:12] or 0)
    except (OSError, TimeoutError, ValueError):
        return time.perf_counter() - began, 0


async def debtor(
    port: int, cookie: str, pages: tuple[str, ...], until: float, think: float, taken: Taken
) -> None:
    """Open page after page until the time is over."""
    dice = random.Random(cookie)
    await asyncio.sleep(dice.random() * think)
    while time.monotonic() < until:
        path = dice.choice(pages)
        seconds, status = await get(port, path, cookie)
        taken.append((path, seconds, status))
        await asyncio.sleep(dice.expovariate(1 / think) if think else 0)


async def load(port: int, cookies: list[str], pages: tuple[str, ...], seconds: float, think: float) -> Taken:
    """Let all debtors browse at once."""
    taken: Taken = []
    until = time.monotonic() + seconds
    await asyncio.gather(*(debtor(port, each, pages, until, think, taken) for each in cookies))
    return taken


def quantile(values: list[float], share: float) -> float:
    """Return a quantile in milliseconds."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def say(name: str, taken: Taken, seconds: float) -> None:
    """Print one line of figures."""
    if not taken:
        return
    times = [each[1] for each in taken]
    wrong = sum(each[2] != 200 for each in taken)
    print(
        f"{name:24} {len(taken):6d} pages {len(taken) / seconds:7.1f}/s  p50 {quantile(times, 0.5):7.0f} ms"
        f"  p95 {quantile(times, 0.95):7.0f} ms  p99 {quantile(times, 0.99):7.0f} ms  errors {wrong}"
    )


def main() -> None:
    """Make, serve, load, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--debtors", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=5)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--port", type=int, default=8377)
    given = parser.parse_args()
    print(describe("", "django", "gunicorn"), f"; load before: {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory() as home:
        cookies = make_bank(str(Path(home) / "bank"), given.scale, given.debtors)
        with served(str(Path(home) / "bank"), given.port):
            for page in dict.fromkeys((*PAGES, BARE)):
                for _round in range(WARM_ROUNDS):
                    asyncio.run(get(given.port, page, cookies[0]))
            print(
                f"{len(cookies)} debtors at once, each reading {given.think:g} s on average, {given.seconds:g} s"
            )
            taken = asyncio.run(load(given.port, cookies, PAGES, given.seconds, given.think))
            say("the debtor's page", taken, given.seconds)
            for page in dict.fromkeys(PAGES):
                say(f"  {page}", [each for each in taken if each[0] == page], given.seconds)
            bare = asyncio.run(load(given.port, cookies, (BARE,), given.seconds / 3, given.think))
            say("a bare static file", bare, given.seconds / 3)
    print(f"load after: {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main()
