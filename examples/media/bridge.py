"""Admits attendees of rollcall's meetings to rooms of LiveKit, and keeps these rooms as rollcall says.

`pip install -r requirements.txt`, then `python bridge.py`. README.md says how to set it up and what it promises.
"""

import asyncio
import base64
import datetime
import functools
import hmac
import json
import logging
import os
import re
import socket
import time
import uuid

import aiohttp
import boto3
from aiohttp import web
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from livekit import api

from media_events import Sender

JOIN_TOKEN = re.compile("([0-9a-f]{32})([0-9a-f]{32})[A-Za-z0-9]{64}")
GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TOKEN_TTL = datetime.timedelta(seconds=30)
TIMEOUT = aiohttp.ClientTimeout(total=5)
# How often to look whether LiveKit has lost its rooms. Its clients try to come back for 27 seconds.
WATCH_SECONDS = 1

log = logging.getLogger("bridge")

SOURCES = {
    "Audio": ["microphone"],
    "Video": ["camera"],
    "Content": ["screen_share", "screen_share_audio"],
}


def grants(capabilities):
    """Exact for sending. LiveKit has one switch for receiving: who may receive one medium receives all."""
    sources = []
    for medium, names in SOURCES.items():
        if capabilities[medium] in ("SendReceive", "Send"):
            sources += names
    return {
        "can_publish": bool(sources),  # because an empty list of sources permits all
        "can_publish_sources": sources,
        "can_publish_data": bool(sources),
        "can_subscribe": any(value in ("SendReceive", "Receive") for value in capabilities.values()),
    }


def permission(capabilities):
    fields = grants(capabilities)
    sources = [api.TrackSource.Value(name.upper()) for name in fields.pop("can_publish_sources")]
    return api.ParticipantPermission(can_publish_sources=sources, **fields)


def is_permitted(track, allowed):
    """A track counts by its source, as the permission does, and must have the type of that source."""
    is_audio = track.source in (api.TrackSource.MICROPHONE, api.TrackSource.SCREEN_SHARE_AUDIO)
    fits = track.type == (api.TrackType.AUDIO if is_audio else api.TrackType.VIDEO)
    return fits and track.source in allowed.can_publish_sources


class Rollcall:
    """What a media server asks rollcall. Its methods block."""

    def __init__(self, url, signing_name):
        # One attempt, because each caller tries again.
        config = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1})
        self.client = boto3.client("chime-sdk-meetings", endpoint_url=url, config=config)

        def choose_signing_name(context, **_):
            context.setdefault("signing", {})["signing_name"] = signing_name

        if signing_name:
            self.client.meta.events.register("choose-signer.chime-sdk-meetings", choose_signing_name)

    def attendee(self, meeting_id, attendee_id):
        """Returns None if the attendee is deleted or the meeting has ended, or if they never existed."""
        try:
            return self.client.get_attendee(MeetingId=meeting_id, AttendeeId=attendee_id)["Attendee"]
        except self.client.exceptions.NotFoundException:
            return None

    def attendees(self, meeting_id):
        """Returns all attendees by id, or None if the meeting has ended."""
        found, page = {}, {}
        try:
            while True:
                page = self.client.list_attendees(MeetingId=meeting_id, MaxResults=100, **page)
                found.update((attendee["AttendeeId"], attendee) for attendee in page["Attendees"])
                if "NextToken" not in page:
                    return found
                page = {"NextToken": page["NextToken"]}
        except self.client.exceptions.NotFoundException:
            return None

    # They never change, and events need them after the end.
    @functools.lru_cache(10_000)
    def meeting(self, meeting_id):
        return self.client.get_meeting(MeetingId=meeting_id)["Meeting"]

    @functools.lru_cache(100_000)
    def external_user_id(self, meeting_id, attendee_id):
        return self.client.get_attendee(MeetingId=meeting_id, AttendeeId=attendee_id)["Attendee"]["ExternalUserId"]


class Bridge:
    def __init__(self, env):
        self.rollcall = Rollcall(env.get("ROLLCALL_URL", "http://127.0.0.1:4000"), env.get("SIGNING_NAME"))
        self.livekit_url = env.get("LIVEKIT_URL", "ws://127.0.0.1:7880")
        self.client_url = env.get("LIVEKIT_CLIENT_URL", self.livekit_url)
        self.key = env["LIVEKIT_API_KEY"], env["LIVEKIT_API_SECRET"]
        self.webhooks = api.WebhookReceiver(api.TokenVerifier(*self.key))
        password = env.get("EVENTS_PASSWORD", "").encode()
        self.authorization = b"Basic " + base64.b64encode(b"rollcall:" + password) if password else None
        self.room_metadata = env.get("ROOM_METADATA", "rollcall")
        self.poll_seconds = float(env.get("POLL_SECONDS", "30"))
        self.sender = Sender(env["EVENTS_URL"], self.rollcall) if env.get("EVENTS_URL") else None
        self.rooms = set()  # those that must exist
        self.waiting = set()  # those to compare
        self.tasks = {}

    async def run(self, _):
        """Runs beside the web server, from its start to its end."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            livekit = api.LiveKitAPI(self.livekit_url, *self.key, session=session, failover=False)
            self.livekit = livekit.room
            loops = [self.watch()] + ([self.sender.run(session)] if self.sender else [])
            tasks = [asyncio.create_task(loop) for loop in loops]
            yield
            for task in [*tasks, *self.tasks.values()]:
                task.cancel()

    async def join(self, request):
        """Gives a token of LiveKit for a join token."""
        _, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            attendee = None
            if ids := JOIN_TOKEN.fullmatch(token):
                meeting_id, attendee_id = (str(uuid.UUID(digits)) for digits in ids.groups())
                attendee = await asyncio.to_thread(self.rollcall.attendee, meeting_id, attendee_id)
            if not attendee or not hmac.compare_digest(attendee["JoinToken"].encode(), token.encode()):
                headers = {"WWW-Authenticate": "Bearer"}
                return web.json_response({"message": "The join token is not valid"}, status=401, headers=headers)
            await self.create_room(meeting_id)
        except (BotoCoreError, ClientError, api.ServerError, aiohttp.ClientError, asyncio.TimeoutError) as error:
            log.error("can't tell whether to admit: %r", error)
            return web.json_response({"message": "Try again"}, status=503, headers={"Retry-After": "1"})
        video = api.VideoGrants(room_join=True, room=meeting_id, **grants(attendee["Capabilities"]))
        access = api.AccessToken(*self.key).with_ttl(TOKEN_TTL).with_grants(video)
        access = access.with_identity(attendee_id).with_name(attendee["ExternalUserId"])
        return web.json_response({"server_url": self.client_url, "participant_token": access.to_jwt()})

    async def create_room(self, meeting_id):
        room = await self.livekit.create_room(api.CreateRoomRequest(name=meeting_id, metadata=self.room_metadata))
        if room.metadata != self.room_metadata:
            raise aiohttp.ClientError(f"the room {meeting_id} is another's")
        self.rooms.add(meeting_id)

    async def event(self, request):
        """Takes an event of rollcall as a reason to compare its meeting now, not as the new state."""
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if not self.authorization or not hmac.compare_digest(given, self.authorization):
            return web.Response(status=401)
        try:
            self.compare(json.loads(await request.read())["detail"]["meetingId"])
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        return web.Response(status=204)

    async def webhook(self, request):
        """Compares a room in which somebody joins or publishes: a token of LiveKit outlives what rollcall says."""
        try:
            hook = self.webhooks.receive((await request.read()).decode(), request.headers["Authorization"])
        except Exception:  # the library raises nothing narrower
            return web.Response(status=401)
        room, identity = hook.room.name, hook.participant.identity
        if hook.event == "room_finished":
            self.rooms.discard(room)
        elif hook.event in ("participant_joined", "track_published"):
            self.compare(room)
        if self.sender and GUID.fullmatch(room) and GUID.fullmatch(identity):
            self.sender.put(hook)
        return web.Response()

    async def watch(self):
        """Polls rollcall, and sees that LiveKit has restarted."""
        next_poll = 0
        while True:
            try:
                listed = (await self.livekit.list_rooms(api.ListRoomsRequest())).rooms
                own = {room.name for room in listed if room.metadata == self.room_metadata}
                lost, is_due = self.rooms - own, time.monotonic() >= next_poll
                for room in own | lost if is_due else lost:
                    self.compare(room)
                self.rooms |= own
                if is_due:
                    next_poll = time.monotonic() + self.poll_seconds
            except Exception as error:
                log.error("can't list the rooms: %r", error)
            await asyncio.sleep(WATCH_SECONDS)

    def compare(self, room):
        """Compares a room soon. Never twice at the same time, because the older response might win."""
        if GUID.fullmatch(room):
            self.waiting.add(room)
            if room not in self.tasks:
                self.tasks[room] = asyncio.create_task(self.compare_while_waiting(room))

    async def compare_while_waiting(self, room):
        while room in self.waiting:
            self.waiting.discard(room)
            try:
                await self.compare_now(room)
            except Exception as error:
                log.error("can't compare meeting %s: %r", room, error)
                self.waiting.add(room)
                await asyncio.sleep(1)
        del self.tasks[room]

    async def compare_now(self, room):
        found = (await self.livekit.list_rooms(api.ListRoomsRequest(names=[room]))).rooms
        is_own = found[0].metadata == self.room_metadata if found else room in self.rooms
        if not is_own:
            return
        # Participants first, because who is created and joins between the two lists must be in the second.
        participants = (await self.livekit.list_participants(api.ListParticipantsRequest(room=room))).participants
        attendees = await asyncio.to_thread(self.rollcall.attendees, room)
        if attendees is None:
            log.info("meeting %s has ended", room)
            self.rooms.discard(room)
            await self.unless_gone(self.livekit.delete_room(api.DeleteRoomRequest(room=room)))
            return
        if not found:
            await self.create_room(room)
        if self.sender:
            await asyncio.to_thread(self.rollcall.meeting, room)  # for the events after its end
        for participant in participants:
            attendee = attendees.get(participant.identity)
            await self.settle(room, participant, attendee and permission(attendee["Capabilities"]))

    async def settle(self, room, participant, allowed):
        ids = {"room": room, "identity": participant.identity}
        if allowed and participant.permission != allowed:
            log.info("changing %(identity)s in meeting %(room)s", ids)
            request = api.UpdateParticipantRequest(permission=allowed, **ids)
            await self.unless_gone(self.livekit.update_participant(request))
        elif not allowed or not all(is_permitted(track, allowed) for track in participant.tracks):
            log.info("removing %(identity)s from meeting %(room)s", ids)
            await self.unless_gone(self.livekit.remove_participant(api.RoomParticipantIdentity(**ids)))

    async def unless_gone(self, call):
        try:
            await call
        except api.ServerError as error:
            if error.code != api.ServerErrorCode.NOT_FOUND:
                raise


async def allow_browsers(_, response):
    # Pages of any origin: only the join token counts.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "authorization, content-type"


async def preflight(_):
    return web.Response(status=204)


def main():
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    log.setLevel(logging.INFO)
    bridge, app = Bridge(os.environ), web.Application()
    app.cleanup_ctx.append(bridge.run)
    app.on_response_prepare.append(allow_browsers)
    app.router.add_post("/join", bridge.join)
    app.router.add_options("/join", preflight)
    app.router.add_post("/events", bridge.event)
    app.router.add_post("/webhook", bridge.webhook)
    listener = socket.create_server((os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080"))))
    print("http://%s:%d" % listener.getsockname(), flush=True)
    web.run_app(app, sock=listener, print=None, access_log=None, shutdown_timeout=1)


if __name__ == "__main__":
    main()
