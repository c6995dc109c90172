"""Starts `cargo local` and the bridge for the checks, and talks to them."""

import asyncio
import os
import pathlib
import re
import secrets
import socket
import subprocess
import sys
import time
import uuid

import aiohttp
import boto3
from botocore.config import Config

FOLDER = pathlib.Path(__file__).parent
KEY, SECRET = "rollcall", secrets.token_hex(32)
PASSWORD = secrets.token_hex(16)
AWS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
os.environ.update(AWS)
os.environ.pop("AWS_PROFILE", None)
SEND_RECEIVE = {"Audio": "SendReceive", "Video": "SendReceive", "Content": "SendReceive"}


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def eventually(what, condition, seconds=20):
    """Waits until the condition is true."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() < begin + seconds, f"not within {seconds} seconds: {what}"
        await asyncio.sleep(0.002)


class Program:
    """A program that can be killed, and started again with the same ports and data."""

    def __init__(self, command, log, **env):
        self.command, self.env = command, {**os.environ, **env}
        self.path, self.log = log, log.open("ab")
        self.process = None

    async def start(self, ready, **env):
        """Waits for a line of the output."""
        begin, env = self.size(), {**self.env, **env}
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, env=env)
        await eventually(f"{ready} in {self.path}", lambda: re.search(ready, self.text(begin), re.M), 60)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def size(self):
        return self.path.stat().st_size

    def text(self, begin=0):
        return self.path.read_bytes()[begin:].decode(errors="replace")


class Stack:
    """`cargo local` and the bridge. LiveKit, or what stands for it, is the check's."""

    def __init__(self, local, folder, livekit_url, **env):
        bridge_port, api_port = free_port(), free_port()
        self.bridge_url, self.api_url = f"http://127.0.0.1:{bridge_port}", f"http://127.0.0.1:{api_port}"
        events = f"http://rollcall:{PASSWORD}@127.0.0.1:{bridge_port}/events"
        self.local = Program(
            [local, "--port", str(api_port), "--dynamodb-port", "0", "--data", folder / "data", "--events", events],
            folder / "local.log",
        )
        self.bridge = Program(
            [sys.executable, FOLDER / "bridge.py"],
            folder / "bridge.log",
            PORT=str(bridge_port),
            ROLLCALL_URL=self.api_url,
            LIVEKIT_URL=livekit_url,
            LIVEKIT_API_KEY=KEY,
            LIVEKIT_API_SECRET=SECRET,
            EVENTS_PASSWORD=PASSWORD,
            **env,
        )
        config = Config(retries={"total_max_attempts": 1})
        self.chime = boto3.client("chime-sdk-meetings", endpoint_url=self.api_url, config=config)

    async def __aenter__(self):
        self.session = aiohttp.ClientSession()
        await asyncio.gather(self.start_local(), self.start_bridge())
        return self

    async def __aexit__(self, kind, *_):
        await self.session.close()
        for program in (self.local, self.bridge):
            program.kill()
            if kind:
                print(program.text(), file=sys.stderr)

    async def start_local(self):
        await self.local.start("^api http")

    async def start_bridge(self, **env):
        await self.bridge.start("^http", **env)

    def meeting(self, external_id="standup"):
        request = {"ClientRequestToken": str(uuid.uuid4()), "MediaRegion": "eu-central-1"}
        return self.chime.create_meeting(ExternalMeetingId=external_id, **request)["Meeting"]["MeetingId"]

    def attendee(self, meeting, user, **capabilities):
        request = {"MeetingId": meeting, "ExternalUserId": user, "Capabilities": {**SEND_RECEIVE, **capabilities}}
        return self.chime.create_attendee(**request)["Attendee"]

    def allow(self, meeting, attendee, **capabilities):
        request = {"MeetingId": meeting, "Capabilities": {**SEND_RECEIVE, **capabilities}}
        self.chime.update_attendee_capabilities(AttendeeId=attendee["AttendeeId"], **request)

    async def ask(self, authorization):
        """Asks for a token of LiveKit. Returns the response with its body read."""
        headers = {} if authorization is None else {"Authorization": authorization}
        async with self.session.post(f"{self.bridge_url}/join", headers=headers) as response:
            await response.read()
            return response

    async def join(self, attendee):
        response = await self.ask(f"Bearer {attendee['JoinToken']}")
        assert response.status == 200, (response.status, await response.text())
        return await response.json()
