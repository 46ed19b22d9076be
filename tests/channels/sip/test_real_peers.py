"""The same call against telephones that others wrote: sipp as exchange and telephones, baresip as softphone."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import wave
from pathlib import Path

import pytest
from tests.channels.sip.calls import kinds, place, yes
from tests.channels.sip.peer import Exchange

from forbear.channels.sip import Agent, ClickToDial, Event, Line, Login, Told, Udp

HERE = Path(__file__).parent


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def need(program: str, package: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(
            f"{program} is not here: install the Debian package `{package}`; the peer of our own is tested anyway"
        )
    return found


def sipp(scenario: str, port: int, folder: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [
        need("sipp", "sip-tester"), "-sf", str(HERE / scenario), "-i", "127.0.0.1", "-p", str(port), "-m", "1",
        "-mp", str(free_port()), "-nostdin", "-timeout", "20", "-timeout_error", "-trace_err", *more,
    ]  # fmt: skip
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def listening(*ports: int) -> None:
    """Wait until somebody has each port of ours."""
    async with asyncio.timeout(20):
        while any(map(is_free, ports)):
            await asyncio.sleep(0.02)


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.mark.parametrize("secret", ["s3cret", "wrong"])
def test_a_call_through_sipp_with_sign_in(tmp_path, secret):
    debtor_port, collector_port = free_port(), free_port()
    debtor = sipp("sipp_debtor.xml", debtor_port, tmp_path)
    collector = sipp("sipp_collector.xml", collector_port, tmp_path)

    async def run() -> list[Event]:
        line = Line("127.0.0.1", debtor_port, "desk", login=Login("desk", secret), t1=0.2)
        agent = Agent(Udp("127.0.0.1"), line)
        await agent.open()
        told: list[Event] = []
        await listening(debtor_port, collector_port)
        call = ClickToDial(
            agent, collector=f"sip:1001@127.0.0.1:{collector_port}", debtor="13800001", may_dial=yes, tell=told.append,
            collector_seconds=5, ring_seconds=5,
        )  # fmt: skip
        await asyncio.wait_for(call.run(), 15)
        await asyncio.sleep(0.3)
        agent.close()
        return told

    try:
        told = asyncio.run(run())
        if secret == "wrong":
            assert kinds(told)[-1] == Told.FAILED
            assert told[-1].cause.status == 403
            return
        assert kinds(told) == [
            Told.COLLECTOR_THERE, Told.DIALLED, Told.RINGING, Told.ANSWERED, Told.ENDED,
        ]  # fmt: skip
        assert (told[-1].by, told[-1].cause.q850) == ("debtor", 16)
        # sipp leaves with 0 only when every message came as its scenario says, the last goodbyes included.
        assert (debtor.wait(10), collector.wait(10)) == (0, 0)
    finally:
        for process in (debtor, collector):
            process.kill()
            process.wait()


BARESIP = """\
sip_listen 127.0.0.1:{port}
audio_player aubridge,nil
audio_source aufile,{voice}
audio_alert aubridge,nil
module_path /usr/lib/baresip/modules
module g711.so
module aubridge.so
module aufile.so
module_app account.so
module_app menu.so
module_tmp uuid.so
rtp_timeout 0
"""


def test_a_softphone_of_somebody_else_picks_up_and_hears_the_debtor(tmp_path):
    program, port = need("baresip", "baresip-core"), free_port()
    (tmp_path / "config").write_text(BARESIP.format(port=port, voice=tmp_path / "voice.wav"))
    with wave.open(str(tmp_path / "voice.wav"), "wb") as voice:
        voice.setparams((1, 2, 8000, 0, "NONE", ""))
        voice.writeframes(b"\x10\x20" * 8000 * 10)
    (tmp_path / "accounts").write_text("<sip:1001@127.0.0.1>;regint=0;answermode=auto;audio_codecs=PCMA\n")
    (tmp_path / "contacts").write_text("")
    softphone = subprocess.Popen(
        [program, "-f", str(tmp_path)], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )  # fmt: skip

    async def run() -> None:
        exchange = await Exchange(talk_for=1.0).open()
        await listening(port)
        told = await place(exchange, "13800001", collector=f"sip:1001@127.0.0.1:{port}")
        assert kinds(told)[-2:] == [Told.ANSWERED, Told.ENDED], told
        (debtor,) = exchange.calls.values()
        exchange.close()
        assert (
            sum(debtor.rtp.heard_from.values()) > 10
        )  # the softphone's own voice reached the debtor's telephone

    try:
        asyncio.run(run())
    finally:
        softphone.kill()
        said, _ = softphone.communicate()
    assert b"Call established" in said or b"call established" in said.lower(), said.decode(errors="replace")[
        -800:
    ]
