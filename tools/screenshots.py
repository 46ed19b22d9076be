"""Take the pictures of docs/pictures again: a demo bank of its own, a clock that stands still, a real browser.

Run: python tools/screenshots.py [NAME ...]   (default: all of SHOTS)

Everything is made in a temporary folder that is removed afterwards; the demo's date and seed are fixed, so a picture
changes only where a screen does.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
AS_OF = date(2026, 11, 24)
SIZE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def day_at(clock: str) -> datetime:
    """Return a time of the demo's day."""
    return datetime.fromisoformat(f"{AS_OF}T{clock}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def queue(desk: Any) -> None:
    """My day of a collector."""
    desk.sign_in("lina")


def case(desk: Any) -> None:
    """A call whose other side has proved who they are: only now are there amounts."""
    desk.sign_in("lina")
    desk.press("Enter")
    desk.page.wait_for_selector("#desk")
    desk.press("F2")
    desk.page.wait_for_selector("#call[data-live]")
    desk.press("F6")
    desk.page.wait_for_selector("#composition")
    desk.page.wait_for_selector("#negotiation form")


def refused(desk: Any) -> None:
    """The same key at 22:00:00 sharp."""
    desk.clock("22:00:00")
    desk.sign_in("wangqiang")
    desk.press("Enter")
    desk.page.wait_for_selector("#desk")
    desk.press("F2")
    desk.page.wait_for_selector("#desk .verdict-refused")


def at(user: str, address: str, **how: Any) -> Callable[[Any], None]:
    """Return a shot of one page as one person sees it."""

    def take(desk: Any) -> None:
        desk.sign_in(user, **how)
        desk.page.goto(address)
        desk.page.wait_for_load_state("networkidle")

    return take


def on_phone(user: str, address: str, ready: str, **how: Any) -> Callable[[Any], None]:
    """Return a shot of one page on a phone, once `ready` is there."""

    def take(desk: Any) -> None:
        desk.page.set_viewport_size(PHONE)
        desk.sign_in(user, **how)
        desk.page.goto(address)
        desk.page.wait_for_selector(ready)

    return take


def certificate_of_a_buyer() -> str:
    """Return a new certificate in PEM form; its key is thrown away, for nothing is sent."""
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "示例资产管理")])
    begun = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
    )
    since = day_at("00:00:00")
    made = (
        begun.not_valid_before(since).not_valid_after(since + timedelta(days=365)).sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def transfer(**how: Any) -> Callable[[Any], None]:
    """Return a shot of a transfer in preparation: what the law says, which cases are in, and why others are left out."""

    def take(desk: Any) -> None:
        desk.sign_in("legal", **how)
        desk.page.goto("/disposal/")
        for box in desk.page.locator("input[name=case]").all()[:9]:
            box.check()
        desk.page.locator("details.card").evaluate("each => { each.open = true }")
        typed = {
            "buyer": "示例资产管理有限公司", "buyer_code": "91310000EXAMPLE999", "buyer_phone": "021-00000009",
            "buyer_address": "上海市示例路9号", "certificate": certificate_of_a_buyer(),
        }  # fmt: skip
        for name, value in typed.items():
            desk.page.fill(f"[name={name}]", value)
        desk.page.click("button[formaction$='/transfers/begin/']")
        desk.page.wait_for_selector("[data-grid=transfer-items]")
        desk.page.wait_for_load_state("networkidle")

    return take


def own_page(address: str, *, english: bool = False, dark: bool = False) -> Callable[[Any], None]:
    """Return a shot of one page of the debtor's own, on a phone, once they have said who they are."""

    def take(desk: Any) -> None:
        desk.page.set_viewport_size(PHONE)
        desk.page.emulate_media(color_scheme="dark" if dark else "light")
        desk.come_in(english=english)
        desk.page.goto(f"/my/{address}")
        desk.page.wait_for_load_state("networkidle")

    return take


def first_of(user: str, address: str, row: str, **how: Any) -> Callable[[Any], None]:
    """Return a shot of what the first link `row` of a page leads to."""

    def take(desk: Any) -> None:
        desk.sign_in(user, **how)
        desk.page.goto(address)
        desk.page.locator(row).first.click()
        desk.page.wait_for_load_state("networkidle")

    return take


def pay_en(desk: Any) -> None:
    """How much now, with a payment provider connected."""
    with provider(desk.base):
        own_page("pay/", english=True)(desk)


def payments(desk: Any) -> None:
    """Payments made on the debtors' pages, as the manager sees them: paid at our sandbox, told by its signed call-backs."""
    with provider(desk.base) as pay:
        pay(3)
    at("manager", "/pay/orders/")(desk)


def letters(*, english: bool = False) -> Callable[[Any], None]:
    """Return a shot of the letters desk, with reminders drafted for those who are late the longest."""

    def take(desk: Any) -> None:
        from forbear.web.cases.models import Case
        from forbear.web.letters import services
        from forbear.web.letters.drafting import draft_all
        from forbear.web.letters.models import LetterBatch
        from forbear.web.people.models import User

        now, clerk = day_at("10:30:00"), User.objects.get(username="legal")
        if not LetterBatch.objects.exists():
            late = Case.objects.filter(closed_on__isnull=True, dpd__gte=61).order_by("-past_due_minor", "pk")
            cases = list(late.values_list("pk", flat=True)[:40])
            draft_all(services.ask("letter_notice", cases, on=AS_OF, at=now, by=clerk), now)
        at("legal", "/letters/", english=english)(desk)

    return take


def roster(*, english: bool = False) -> Callable[[Any], None]:
    """Return a shot of reception's roster, the week filled."""

    def take(desk: Any) -> None:
        from forbear.web.people.models import Role, User
        from forbear.web.reception import services
        from forbear.web.reception.models import Duty

        people = list(User.objects.filter(role=Role.COLLECTOR, is_active=True).order_by("pk")[:5])
        for place, person in enumerate(people * (not Duty.objects.exists())):
            first = day_at("09:00:00") + timedelta(days=place)
            services.put_on_duty(person, starts_at=first, ends_at=first + timedelta(hours=9))
        at("manager", "/reception/roster/", english=english)(desk)

    return take


def best_time(*, english: bool = False) -> Callable[[Any], None]:
    """Return a shot of a case with its best time, once a night has learned when people answer."""

    def take(desk: Any) -> None:
        from django.db.models import Count, Q

        from forbear.web.cases.models import Case
        from forbear.web.reach.best_time import learn_answer_rates

        learn_answer_rates(day_at("02:00:00"))
        voice = Count(
            "attempts", filter=Q(attempts__channel="voice", attempts__contact_point__relation="self")
        )
        mine = Case.objects.filter(owner__username="lina", closed_on__isnull=True)
        case = mine.annotate(calls=voice).order_by("-calls", "pk")[0]
        at("lina", f"/desk/cases/{case.pk}/", english=english)(desk)

    return take


SHOTS: dict[str, Callable[[Any], None]] = {
    "queue": queue,
    "case": case,
    "refused": refused,
    "board": at("manager", "/board/"),
    "flow": at("manager", "/board/flow/"),
    "team": at("manager", "/board/team/"),
    "run-summary": at("manager", "/runs/2/"),
    "files": at("admin", "/files/"),
    "set-aside": at("admin", "/files/10/"),
    "law": at("compliance", "/law/rules/CBA26-HOURS/"),
    "visits-routes": at("manager", "/visits/routes/"),
    "visits-reviews-en": at("compliance", "/visits/reviews/", english=True),
    "visits-phone": on_phone("field", "/visits/phone/", ".stop"),
    "visits-phone-en": on_phone("field", "/visits/phone/", ".stop", english=True),
    "write-off": first_of("legal", "/disposal/write-offs/", "main table tbody a"),
    "transfer": transfer(),
    "my-first": own_page(""),
    "my-first-en": own_page("", english=True),
    "my-first-dark": own_page("", dark=True),
    "my-why": own_page("why/"),
    "my-pay-en": pay_en,
    "my-cannot": own_page("cannot/"),
    "payments": payments,
    "letters": letters(),
    "letters-en": letters(english=True),
    "roster": roster(),
    "roster-en": roster(english=True),
    "best-time": best_time(),
    "best-time-en": best_time(english=True),
    "board-dark-en": at("analyst", "/board/", english=True, dark=True),
}


@contextmanager
def provider(base: str) -> Iterator[Callable[[int], None]]:
    """Run our payment sandbox for the bank at `base`; yield what begins and pays so many orders there."""
    from django.conf import settings

    from forbear.channels.payment_sandbox.server import Sandbox
    from forbear.web.cases.models import Case
    from forbear.web.cases.states import ACTIVE
    from forbear.web.payments import services
    from forbear.web.portfolio.models import Account

    now, settings.FORBEAR_PUBLIC = day_at("10:30:00"), base

    def pay(count: int) -> None:
        for case in Case.objects.filter(state__in=ACTIVE, past_due_minor__gt=10_000).order_by("pk")[:count]:
            account = Account.objects.filter(customer_id=case.customer_id, product=case.product).order_by(
                "pk"
            )[0]
            order = services.begin(case, account, case.past_due_minor // 2, at=now)
            server.move(server.orders[order.order_no], "paid", order.amount_minor)

    with Sandbox(("127.0.0.1", 0), "between us", lambda: now) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ |= {"FORBEAR_PAY_URL": server.url, "FORBEAR_PAY_SECRET": "between us"}
        yield pay
        server.shutdown()
        del os.environ["FORBEAR_PAY_URL"], os.environ["FORBEAR_PAY_SECRET"]


class Desk:
    """One browser window at the demo bank, whose address is `base`."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base

    def clock(self, clock: str) -> None:
        """Let the workbench believe a time of the day."""
        from django.conf import settings

        settings.FORBEAR_CLOCK_AT = day_at(clock)

    def sign_in(self, user: str, *, english: bool = False, dark: bool = False) -> None:
        """Sign in through the form; language and theme are set as the person would have set them."""
        from forbear.web.people.models import User
        from forbear.web.showcase.staff import PASSWORD

        language = "en" if english else "zh-hans"
        User.objects.filter(username=user).update(language=language, dark_mode=dark)
        self.page.goto("/sign-in/")
        self.page.fill("#id_username", user)
        self.page.fill("#id_password", PASSWORD)
        self.page.press("#id_password", "Enter")
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)
        self.page.wait_for_load_state("networkidle")

    def come_in(self, *, english: bool = False) -> None:
        """Come in as a debtor, through a fresh link and the end of the identity number."""
        from forbear.web.showcase.own_page import own_page as fresh

        language = {"name": "django_language", "value": "en" if english else "zh-hans", "url": self.base}
        self.page.context.add_cookies([language])
        found = fresh()
        if found is None:
            raise SystemExit("the demo has no debtor who could come in")
        self.page.goto("/my/" + found[0].split("/my/", 1)[1])
        self.page.fill("#answer", found[1])
        self.page.click("button.primary")
        self.page.wait_for_url("**/my/")

    def press(self, key: str) -> None:
        """Press one key."""
        self.page.keyboard.press(key)


@contextmanager
def demo_bank() -> Iterator[str]:
    """Build the demo in a folder of its own and serve it; yield its address."""
    home = tempfile.mkdtemp(prefix="forbear-pictures-")
    os.environ |= {"FORBEAR_HOME": home, "FORBEAR_KEEP_SERVER": "0", "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "forbear.web.config.settings"
    import django

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.db import connections
    from rich.console import Console

    from forbear.web.showcase import show

    class Quiet(WSGIRequestHandler):
        def log_message(self, *words: object) -> None:
            """Say nothing of each request."""

    show(Console(file=open(os.devnull, "w")), as_of=AS_OF, seed=0, scale=1.0)  # noqa: SIM115 - until the end
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        connections.close_all()
        shutil.rmtree(home, ignore_errors=True)


def chromium() -> str:
    """Return the path of the system's Chromium; FORBEAR_CHROMIUM names another."""
    found = os.environ.get("FORBEAR_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        raise SystemExit(
            "no Chromium here: install the system package `chromium` or set FORBEAR_CHROMIUM to its path"
        )
    return found


def main(names: list[str]) -> int:
    """Take the named pictures, or all."""
    from playwright.sync_api import sync_playwright

    if unknown := sorted(set(names) - set(SHOTS)):
        raise SystemExit(f"no picture is called {unknown[0]}; there are {', '.join(SHOTS)}")
    path = chromium()
    with demo_bank() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name in names or SHOTS:
            window = browser.new_context(
                viewport=SIZE, base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai"
            )
            desk = Desk(window.new_page(), address)
            desk.clock("10:30:00")
            SHOTS[name](desk)
            desk.page.screenshot(path=PICTURES / f"{name}.png", caret="initial")
            print(PICTURES / f"{name}.png", flush=True)
            window.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
