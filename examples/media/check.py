"""Checks the bridge with `cargo local` and a stand-in of LiveKit's API: `check.py LOCAL`. `.ci/media` runs it."""

import asyncio
import base64
import contextlib
import hashlib
import itertools
import pathlib
import re
import sys
import tempfile
import time
import uuid

import jwt
from aiohttp import web
from google.protobuf.json_format import MessageToJson
from livekit import api

from bridge import Rollcall
from programs import KEY, PASSWORD, SECRET, SEND_RECEIVE, Stack, eventually, free_port

VALUES = ("SendReceive", "Send", "Receive", "None")
# Content may be received only with video.
COMBINATIONS = [
    {"Audio": audio, "Video": video, "Content": content}
    for audio, video, content in itertools.product(VALUES, repeat=3)
    if not content.endswith("Receive") or video.endswith("Receive")
]
SOURCES = {
    "Audio": {api.TrackSource.MICROPHONE},
    "Video": {api.TrackSource.CAMERA},
    "Content": {api.TrackSource.SCREEN_SHARE, api.TrackSource.SCREEN_SHARE_AUDIO},
}
MICROPHONE = api.TrackInfo(sid="TR_m", source=api.TrackSource.MICROPHONE, type=api.TrackType.AUDIO)
CAMERA = api.TrackInfo(sid="TR_c", source=api.TrackSource.CAMERA, type=api.TrackType.VIDEO)


class LiveKit:
    """LiveKit's API as far as the bridge uses it, its webhooks, and a receiver of the bridge's events."""

    def __init__(self):
        self.rooms, self.participants = {}, {}
        self.calls = []  # those that change something
        self.is_down = False
        self.events, self.failures = [], 0
        self.bridge_url = None

    @contextlib.asynccontextmanager
    async def serve(self):
        app = web.Application()
        app.router.add_post("/twirp/livekit.RoomService/{method}", self.respond)
        app.router.add_post("/receiver", self.receive)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=0.1).start()
        yield f"http://127.0.0.1:{port}"
        await runner.cleanup()

    async def respond(self, request):
        method = request.match_info["method"]
        api.TokenVerifier(KEY, SECRET).verify(request.headers["Authorization"].removeprefix("Bearer "))
        if self.is_down:
            return web.json_response({"code": "unavailable", "msg": "down"}, status=503)
        kind = "RoomParticipantIdentity" if method == "RemoveParticipant" else f"{method}Request"
        asked = getattr(api, kind).FromString(await request.read())
        if not method.startswith("List"):
            self.calls.append((method, getattr(asked, "name", "") or asked.room, getattr(asked, "identity", None)))
        try:
            response = getattr(self, method)(asked)
        except KeyError:
            return web.json_response({"code": "not_found", "msg": "no such room or participant"}, status=404)
        return web.Response(body=response.SerializeToString(), content_type="application/protobuf")

    def CreateRoom(self, asked):
        return self.rooms.setdefault(asked.name, api.Room(name=asked.name, metadata=asked.metadata))

    def DeleteRoom(self, asked):
        del self.rooms[asked.room]
        self.participants = {ids: info for ids, info in self.participants.items() if ids[0] != asked.room}
        return api.DeleteRoomResponse()

    def ListRooms(self, asked):
        rooms = [room for room in self.rooms.values() if not asked.names or room.name in asked.names]
        return api.ListRoomsResponse(rooms=rooms)

    def ListParticipants(self, asked):
        participants = [info for (room, _), info in self.participants.items() if room == asked.room]
        return api.ListParticipantsResponse(participants=participants)

    def UpdateParticipant(self, asked):
        info = self.participants[asked.room, asked.identity]
        info.permission.CopyFrom(asked.permission)
        tracks = [track for track in info.tracks if track.source in asked.permission.can_publish_sources]
        del info.tracks[:]
        info.tracks.extend(tracks)
        return info

    def RemoveParticipant(self, asked):
        del self.participants[asked.room, asked.identity]
        return api.RemoveParticipantResponse()

    async def receive(self, request):
        if self.failures:
            self.failures -= 1
            return web.Response(status=500)
        self.events.append(await request.json())
        return web.Response(status=204)

    def add(self, room, identity, permission=None, tracks=(), name=""):
        """Lets a participant in, as with a token that grants the permission."""
        permission = permission or api.ParticipantPermission()
        info = api.ParticipantInfo(identity=identity, permission=permission, tracks=tracks, name=name)
        self.participants[room, identity] = info
        return info

    def changes(self, room, identity=None):
        """The names of the calls about a room, or a participant in it."""
        return [call[0] for call in self.calls if call[1] == room and identity in (None, call[2])]


def sign(body, secret=SECRET):
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return api.AccessToken(KEY, secret).with_sha256(digest).to_jwt()


def webhook(event, room, identity, **members):
    participant = members.pop("participant", None) or api.ParticipantInfo(identity=identity)
    id = f"EV_{uuid.uuid4().hex[:12]}"
    ids = {"id": id, "room": api.Room(name=room), "participant": participant}
    return api.WebhookEvent(event=event, created_at=int(time.time()), **ids, **members)


def basic(password):
    return "Basic " + base64.b64encode(f"rollcall:{password}".encode()).decode()


class Check:
    def __init__(self, livekit, stack):
        self.livekit, self.stack = livekit, stack

    async def post(self, body, authorization):
        headers = {"Authorization": authorization, "Content-Type": "application/webhook+json"}
        url = f"{self.stack.bridge_url}/webhook"
        async with self.stack.session.post(url, data=body, headers=headers) as response:
            return response.status

    async def send(self, hook):
        body = MessageToJson(hook).encode()
        assert await self.post(body, sign(body)) == 200

    async def joined(self, room, identity, permission=None, tracks=(), name=""):
        info = self.livekit.add(room, identity, permission, tracks, name)
        await self.send(webhook("participant_joined", room, identity, participant=info))
        return info

    async def is_removed(self, room, attendee):
        ids = (room, attendee["AttendeeId"])
        await eventually("removed", lambda: ids not in self.livekit.participants)

    async def has(self, info, capabilities):
        """Waits until the participant has the permission of the capabilities, as the documentation states it."""
        await eventually(f"permission {capabilities}", lambda: info.permission == expected(capabilities))

    def of(self, meeting):
        return [event for event in self.livekit.events if event["detail"]["meetingId"] == meeting]

    async def compared(self, meeting):
        """Waits until the bridge has compared the meeting for all that it was sent before."""
        # Twice, because the first stranger may be removed by a comparison that had begun.
        for _ in range(2):
            identity = str(uuid.uuid4())
            await self.joined(meeting, identity)
            await eventually("compared", lambda: (meeting, identity) not in self.livekit.participants)

    async def polled(self, meeting):
        """Lets a poll compare the meeting."""
        identity = str(uuid.uuid4())
        self.livekit.add(meeting, identity)
        await eventually("polled", lambda: (meeting, identity) not in self.livekit.participants)

    async def told(self, meeting):
        """Waits until all events of the meeting's attendees have taken effect: that of the last change comes last."""
        stack, other = self.stack, self.stack.meeting()
        sent = lambda: len(re.findall("^.* AttendeeCapabilitiesUpdated .* Delivered", stack.local.text(), re.M))
        before = sent()
        stack.allow(other, stack.attendee(other, "alice"), Audio="None")
        await eventually("sent", lambda: sent() > before)
        await self.compared(meeting)

    async def combinations(self):
        assert len(COMBINATIONS) == 48
        meeting, exact, more = self.stack.meeting(), 0, 0
        for number, capabilities in enumerate(COMBINATIONS):
            attendee = self.stack.attendee(meeting, f"user-{number}", **capabilities)
            response = await self.stack.join(attendee)
            claims = jwt.decode(response["participant_token"], SECRET, algorithms=["HS256"])
            assert (claims["sub"], claims["name"]) == (attendee["AttendeeId"], f"user-{number}")
            assert claims["exp"] - time.time() <= 30
            granted, permission = claims["video"], expected(capabilities)
            assert granted["roomJoin"] and granted["room"] == meeting
            sources = {api.TrackSource.Value(name.upper()) for name in granted["canPublishSources"]}
            assert sources == set(permission.can_publish_sources)
            assert granted["canPublish"] == permission.can_publish == bool(sources)
            assert granted["canPublishData"] == permission.can_publish_data
            assert granted["canSubscribe"] == permission.can_subscribe
            received = [value.endswith("Receive") for value in capabilities.values()]
            exact += all(received) or not any(received)
            more += any(received) and not all(received)
            # An older token had other rights.
            info = await self.joined(meeting, attendee["AttendeeId"])
            await self.has(info, capabilities)
        assert (exact, more) == (16, 32)
        print(f"48 combinations: sending is exact; receiving is for {exact}, and more than granted for {more}")

    async def tokens(self):
        stack, meeting, other = self.stack, self.stack.meeting(), self.stack.meeting()
        alice, bob, carol = (stack.attendee(meeting, user) for user in ("alice", "bob", "carol"))
        foreign = stack.attendee(other, "alice")
        token = alice["JoinToken"]
        await stack.join(alice)
        stack.chime.delete_attendee(MeetingId=meeting, AttendeeId=carol["AttendeeId"])
        assert stack.attendee(meeting, "carol")["JoinToken"] != carol["JoinToken"]
        stack.chime.delete_meeting(MeetingId=other)
        refused = {
            "none": None,
            "empty": "Bearer ",
            "wrong": "Bearer " + token[:-1] + ("a" if token[-1] != "a" else "b"),
            "of another attendee": "Bearer " + token[:64] + bob["JoinToken"][64:],
            "of another meeting": "Bearer " + token[:32] + foreign["JoinToken"][32:],
            "of an unknown attendee": "Bearer " + token[:32] + uuid.uuid4().hex + token[64:],
            "of a deleted attendee": "Bearer " + carol["JoinToken"],
            "of an ended meeting": "Bearer " + foreign["JoinToken"],
            "of version 0.1": "Bearer " + token[64:],
            "of content": f"Bearer {token}#content",
            "in upper case": "Bearer " + token[:64].upper() + token[64:],
            "with a space": f"Bearer {token[:64]} {token[64:]}",
            "not ASCII": "Bearer " + token[:-1] + "é",
            "with other digits": "Bearer " + token[:63] + "\N{FULLWIDTH DIGIT ONE}" + token[64:],
        }
        responses = set()
        for authorization in refused.values():
            response = await stack.ask(authorization)
            headers = [(name, value) for name, value in response.headers.items() if name != "Date"]
            responses.add((response.status, tuple(headers), await response.text()))
        assert [status for status, _, _ in responses] == [401], responses
        # Bytes that are no UTF-8 can be sent only by hand.
        reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.bridge_url.rsplit(":")[-1]))
        for path in ("join", "events", "webhook"):
            writer.write(b"POST /%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n" % path.encode())
            writer.write(b"Content-Length: 2\r\n\r\n\xff\xfe")
            assert (await reader.readuntil(b"\r\n")).split()[1] == b"401", path
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.split(b"content-length: ")[1].split()[0]))
        writer.close()
        print(f"{len(refused)} join tokens are refused with the same response:", ", ".join(refused))

    async def signatures(self):
        meeting, other = self.stack.meeting(), self.stack.meeting()
        own = (await self.stack.join(self.stack.attendee(other, "alice")))["participant_token"]
        await self.told(other)
        # Only now, so that nothing else is a reason to compare this room.
        self.livekit.rooms[meeting] = api.Room(name=meeting, metadata="rollcall")
        self.livekit.add(meeting, str(uuid.uuid4()))
        before = self.livekit.changes(meeting)
        body = MessageToJson(webhook("participant_joined", meeting, str(uuid.uuid4()))).encode()
        for authorization in ("", "x", own, sign(body, "another secret of thirty-two characters"), sign(b"{}")):
            assert await self.post(body, authorization) == 401, authorization
        assert await self.post(b"\xff", sign(b"\xff")) == 401
        event = {"detail": {"meetingId": meeting}}
        bodies = {204: [event], 400: [{}, [], {"detail": 1}, {"detail": {"meetingId": 1}}]}
        for authorization in ("", "Basic eDp5", f"Bearer {PASSWORD}"):
            assert await self.event(event, authorization) == 401
        assert self.livekit.changes(meeting) == before
        for status, sent in bodies.items():
            for body in sent:
                assert await self.event(body, basic(PASSWORD)) == status, body
        await eventually("compared", lambda: self.livekit.changes(meeting) == [*before, "RemoveParticipant"])
        print("webhooks and events are taken only from LiveKit and rollcall")

    async def event(self, body, authorization):
        url, headers = f"{self.stack.bridge_url}/events", {"Authorization": authorization}
        async with self.stack.session.post(url, json=body, headers=headers) as response:
            return response.status

    async def changes(self):
        stack, livekit, meeting = self.stack, self.livekit, self.stack.meeting()
        alice, bob, carol = (stack.attendee(meeting, user) for user in ("alice", "bob", "carol"))
        infos = {}
        for attendee in (alice, bob, carol):
            await stack.join(attendee)
            permission, identity = expected(attendee["Capabilities"]), attendee["AttendeeId"]
            infos[identity] = await self.joined(meeting, identity, permission, [MICROPHONE])
        listener = {**SEND_RECEIVE, "Audio": "Receive"}
        stack.allow(meeting, alice, **listener)
        await self.has(infos[alice["AttendeeId"]], listener)
        assert not infos[alice["AttendeeId"]].tracks
        excluded = [{"AttendeeId": bob["AttendeeId"]}]
        silent = {medium: "None" for medium in SEND_RECEIVE}
        stack.chime.batch_update_attendee_capabilities_except(
            MeetingId=meeting, ExcludedAttendeeIds=excluded, Capabilities=silent
        )
        await self.has(infos[alice["AttendeeId"]], silent)
        await self.has(infos[carol["AttendeeId"]], silent)
        assert "UpdateParticipant" not in livekit.changes(meeting, bob["AttendeeId"])
        stack.chime.delete_attendee(MeetingId=meeting, AttendeeId=bob["AttendeeId"])
        await self.is_removed(meeting, bob)
        # He returns with his old token, as does carol with her old rights, and the webhook comes twice.
        hook = webhook("participant_joined", meeting, bob["AttendeeId"])
        for _ in range(2):
            livekit.add(meeting, bob["AttendeeId"])
            await self.send(hook)
            await self.is_removed(meeting, bob)
        info = await self.joined(meeting, carol["AttendeeId"], expected(SEND_RECEIVE), [MICROPHONE])
        await self.has(info, silent)
        assert set(livekit.changes(meeting, carol["AttendeeId"])) == {"UpdateParticipant"}
        await self.joined(meeting, "recorder")
        await eventually("removed", lambda: (meeting, "recorder") not in livekit.participants)
        stack.chime.delete_meeting(MeetingId=meeting)
        await eventually("deleted", lambda: meeting not in livekit.rooms)
        print("deletions, changed capabilities and ends take effect, also for older tokens")

    async def tracks(self):
        stack, livekit, meeting = self.stack, self.livekit, self.stack.meeting()
        capabilities = {"Audio": "SendReceive", "Video": "Receive", "Content": "Send"}
        share = api.TrackInfo(sid="TR_s", source=api.TrackSource.SCREEN_SHARE, type=api.TrackType.VIDEO)
        sound = api.TrackInfo(sid="TR_a", source=api.TrackSource.SCREEN_SHARE_AUDIO, type=api.TrackType.AUDIO)
        disguised = api.TrackInfo(sid="TR_d", source=api.TrackSource.MICROPHONE, type=api.TrackType.VIDEO)
        nameless = api.TrackInfo(sid="TR_n", type=api.TrackType.VIDEO)
        permitted = [MICROPHONE, share, sound]
        for number, track in enumerate([*permitted, CAMERA, disguised, nameless]):
            attendee = stack.attendee(meeting, f"user-{number}", **capabilities)
            await stack.join(attendee)
            info = await self.joined(meeting, attendee["AttendeeId"], expected(capabilities))
            await self.compared(meeting)
            info.tracks.append(track)
            await self.send(webhook("track_published", meeting, attendee["AttendeeId"], track=track))
            await self.compared(meeting)
            assert ((meeting, attendee["AttendeeId"]) in livekit.participants) == (track in permitted), track
        print("who publishes what the capabilities exclude is removed")

    async def many(self):
        stack, meeting = self.stack, self.stack.meeting()
        users = [{"ExternalUserId": f"user-{number}"} for number in range(102)]
        for batch in (users[:100], users[100:]):
            stack.chime.batch_create_attendee(MeetingId=meeting, Attendees=batch)
        pages, page = [], {}
        while not pages or "NextToken" in page:
            page = {"NextToken": page["NextToken"]} if page else {}
            page = stack.chime.list_attendees(MeetingId=meeting, MaxResults=100, **page)
            pages.append(page["Attendees"])
        last = pages[1][-1]
        await stack.join(last)
        self.livekit.add(meeting, last["AttendeeId"], expected(SEND_RECEIVE))
        gone = pages[0][0]
        self.livekit.add(meeting, gone["AttendeeId"])
        stack.chime.delete_attendee(MeetingId=meeting, AttendeeId=gone["AttendeeId"])
        await self.is_removed(meeting, gone)
        assert (meeting, last["AttendeeId"]) in self.livekit.participants
        print("all pages of a meeting are read")

    async def media_events(self):
        stack, livekit, meeting = self.stack, self.livekit, self.stack.meeting("team/weekly")
        alice = stack.attendee(meeting, "alice@example.com")
        await stack.join(alice)
        identity = alice["AttendeeId"]
        info = livekit.add(meeting, identity, expected(SEND_RECEIVE), name="alice@example.com")
        audio = api.TrackInfo(source=api.TrackSource.CAMERA, type=api.TrackType.AUDIO)
        reasons = api.DisconnectReason
        left = [
            (reasons.CLIENT_INITIATED, "Left"),
            (reasons.DUPLICATE_IDENTITY, "Left"),
            (reasons.PARTICIPANT_REMOVED, "Left"),
            (reasons.ROOM_DELETED, "Left"),
            (reasons.CONNECTION_TIMEOUT, "Dropped"),
            (reasons.UNKNOWN_REASON, "Dropped"),
        ]
        # What LiveKit really sends: tracks without a name, one ending that comes before its beginning.
        hooks = [
            (webhook("participant_joined", meeting, identity, participant=info), "Joined"),
            (webhook("track_unpublished", meeting, identity, track=CAMERA), "VideoStopped"),
            (webhook("track_published", meeting, identity, track=CAMERA), "VideoStarted"),
            (webhook("track_published", meeting, identity, track=MICROPHONE), None),
            (webhook("track_unpublished", meeting, identity, track=audio), None),
            (webhook("room_started", meeting, ""), None),
            (webhook("participant_connection_aborted", meeting, identity), None),
        ]
        for reason, kind in left:
            participant = api.ParticipantInfo(identity=identity, name=info.name, disconnect_reason=reason)
            hooks.append((webhook("participant_left", meeting, identity, participant=participant), kind))
        livekit.failures = 1  # the receiver responds with 500 once
        for hook, _ in hooks:
            await self.send(hook)
        await self.send(hooks[0][0])
        types = [f"chime:Attendee{kind}" for _, kind in hooks if kind] + ["chime:AttendeeJoined"]
        await eventually("all events", lambda: len(self.of(meeting)) == len(types))
        events = self.of(meeting)
        assert [event["detail"]["eventType"] for event in events] == types
        assert events[0] == events[-1], "a repeated webhook gives the same event"
        assert len({event["id"] for event in events}) == len(events) - 1
        [event] = [event for event in events if event["detail"]["eventType"] == "chime:AttendeeVideoStarted"]
        timestamp = hooks[2][0].created_at
        assert event == {
            "version": "0",
            "id": str(uuid.UUID(event["id"])),
            "detail-type": "Chime Meeting State Change",
            "source": "aws.chime",
            "account": "000000000000",
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(timestamp)),
            "region": "us-east-1",
            "resources": [],
            "detail": {
                "version": "0",
                "eventType": "chime:AttendeeVideoStarted",
                "timestamp": timestamp * 1000,
                "meetingId": meeting,
                "attendeeId": identity,
                "externalUserId": "alice@example.com",
                "externalMeetingId": "team/weekly",
                "mediaRegion": "eu-central-1",
            },
        }
        assert events[0]["detail"]["networkType"] == "Voip"
        # The attendee is deleted, then the meeting: who leaves is still named.
        stack.chime.delete_attendee(MeetingId=meeting, AttendeeId=identity)
        stack.chime.delete_meeting(MeetingId=meeting)
        await self.send(webhook("track_unpublished", meeting, identity, track=CAMERA))
        await eventually("the last event", lambda: len(self.of(meeting)) == len(types) + 1)
        assert self.of(meeting)[-1]["detail"]["externalUserId"] == "alice@example.com"
        print("webhooks become events of Chime:", ", ".join(sorted(set(types))))

    async def bridge_killed(self):
        stack, livekit, meeting = self.stack, self.livekit, self.stack.meeting()
        alice, bob = stack.attendee(meeting, "alice"), stack.attendee(meeting, "bob")
        ended = stack.meeting()
        for room, attendee in ((meeting, alice), (meeting, bob), (ended, stack.attendee(ended, "carol"))):
            await stack.join(attendee)
            await self.joined(room, attendee["AttendeeId"], expected(SEND_RECEIVE), name=attendee["ExternalUserId"])
        await eventually("joined", lambda: len(self.of(meeting)) == 2)
        stack.bridge.kill()
        stack.chime.delete_attendee(MeetingId=meeting, AttendeeId=bob["AttendeeId"])
        stack.allow(meeting, alice, Audio="None")
        stack.chime.delete_meeting(MeetingId=ended)
        # Without a password it takes no events, those of the time that it was down either.
        await stack.start_bridge(EVENTS_PASSWORD="")
        assert await self.event({"detail": {"meetingId": meeting}}, basic("")) == 401
        await self.is_removed(meeting, bob)
        info = livekit.participants[meeting, alice["AttendeeId"]]
        await self.has(info, {**SEND_RECEIVE, "Audio": "None"})
        await eventually("deleted", lambda: ended not in livekit.rooms)
        stack.bridge.kill()
        await stack.start_bridge(EVENTS_PASSWORD="", POLL_SECONDS="1")
        await self.polled(meeting)
        stack.allow(meeting, alice, Audio="Send")
        await self.has(info, {**SEND_RECEIVE, "Audio": "Send"})
        stack.bridge.kill()
        await asyncio.gather(self.polled(meeting), stack.start_bridge())
        # It has not seen alice join, and her meeting has ended when she leaves: the event still has all members.
        stack.chime.delete_meeting(MeetingId=meeting)
        removed = api.DisconnectReason.PARTICIPANT_REMOVED
        left = api.ParticipantInfo(identity=alice["AttendeeId"], name="alice", disconnect_reason=removed)
        await self.send(webhook("participant_left", meeting, alice["AttendeeId"], participant=left))
        await eventually("left", lambda: self.of(meeting)[-1]["detail"]["eventType"] == "chime:AttendeeLeft")
        print("the bridge is killed and started: what happened meanwhile takes effect; so does polling")

    async def livekit_restarted(self):
        stack, livekit = self.stack, self.livekit
        meeting, ended, empty = (stack.meeting() for _ in range(3))
        for room in (meeting, ended, empty):
            await stack.join(stack.attendee(room, "alice"))
        bob = stack.attendee(meeting, "bob")
        await self.told(meeting)
        livekit.is_down = True
        await self.send(webhook("room_finished", empty, ""))
        failed = stack.bridge.size()
        response = await stack.ask(f"Bearer {bob['JoinToken']}")
        assert (response.status, response.headers["Retry-After"]) == (503, "1")
        stack.chime.delete_meeting(MeetingId=ended)
        await eventually("compared", lambda: f"can't compare meeting {ended}" in stack.bridge.text(failed))
        others = {name: room for name, room in livekit.rooms.items() if not room.metadata}
        livekit.rooms.clear()
        livekit.participants.clear()
        livekit.calls.clear()
        livekit.is_down = False
        await eventually("created again", lambda: meeting in livekit.rooms)
        await self.compared(meeting)
        await stack.join(bob)
        assert not {ended, empty, *others} & set(livekit.rooms)
        assert not set(others) & {call[1] for call in livekit.calls}
        livekit.rooms.update(others)
        print("LiveKit is down: nobody is admitted; it has restarted: it gets its rooms again")

    async def rollcall_down(self):
        stack, livekit, meeting = self.stack, self.livekit, self.stack.meeting()
        alice, bob = stack.attendee(meeting, "alice"), stack.attendee(meeting, "bob")
        await stack.join(alice)
        stack.chime.delete_attendee(MeetingId=meeting, AttendeeId=bob["AttendeeId"])
        await self.told(meeting)
        stack.local.kill()
        livekit.calls.clear()
        failed = stack.bridge.size()
        begin = time.monotonic()
        response = await stack.ask(f"Bearer {alice['JoinToken']}")
        assert (response.status, response.headers["Retry-After"]) == (503, "1")
        waited = time.monotonic() - begin
        for attendee in (alice, bob):
            await self.joined(meeting, attendee["AttendeeId"], expected(SEND_RECEIVE))
        for attempt in range(1, 3):
            refused = f"can't compare meeting {meeting}"
            await eventually("compared", lambda: stack.bridge.text(failed).count(refused) >= attempt)
        assert livekit.changes(meeting) == []
        await stack.start_local()
        await self.is_removed(meeting, bob)
        assert livekit.changes(meeting) == ["RemoveParticipant"]
        print(f"rollcall is down: 503 after {waited * 1000:.0f} ms, and nobody is removed until it is up")

    async def others(self, rooms):
        for room in rooms:
            await self.joined(room, str(uuid.uuid4()), tracks=[CAMERA])
        meeting = self.stack.meeting()
        await self.stack.join(self.stack.attendee(meeting, "alice"))
        await self.compared(meeting)
        assert not [call for call in self.livekit.calls if call[1] in rooms]
        assert not [event for event in self.livekit.events if event["detail"]["meetingId"] in rooms]
        assert all(room in self.livekit.rooms for room in rooms)
        taken = self.stack.meeting()
        self.livekit.rooms[taken] = api.Room(name=taken, metadata="another")
        assert (await self.stack.ask(f"Bearer {self.stack.attendee(taken, 'alice')['JoinToken']}")).status == 503
        print("the rooms of others are untouched")

    def signing(self):
        """A deployed API verifies signatures for `execute-api`."""
        signed = []
        for name in (None, "execute-api"):
            rollcall = Rollcall(self.stack.api_url, name)
            rollcall.client.meta.events.register("before-send", lambda request, **_: signed.append(request))
            assert rollcall.attendees(self.stack.meeting()) == {}
        services = [str(request.headers["Authorization"]).split("/")[3] for request in signed]
        assert services == ["chime", "execute-api"], services

    def secrecy(self):
        logged = self.stack.bridge.text()
        assert "removing" in logged and "Traceback" not in logged, logged
        assert not {"alice", "standup", SECRET, PASSWORD, "Bearer"} & set(logged.replace("=", " ").split())
        assert not any(len(word) >= 128 for word in logged.split()), "a token is in the log"


def expected(capabilities):
    """The permission of LiveKit, as the table of README.md states it."""
    sources = sorted(set().union(*(SOURCES[medium] for medium, value in capabilities.items() if "Send" in value)))
    order = [2, 1, 3, 4]
    return api.ParticipantPermission(
        can_publish=bool(sources),
        can_publish_data=bool(sources),
        can_publish_sources=sorted(sources, key=order.index),
        can_subscribe=any("Receive" in value for value in capabilities.values()),
    )


async def main(local):
    livekit, begin = LiveKit(), time.monotonic()
    rooms = [str(uuid.uuid4()), "lobby"]
    for room in rooms:
        livekit.rooms[room] = api.Room(name=room)
    with tempfile.TemporaryDirectory() as folder:
        async with livekit.serve() as url:
            env = {"EVENTS_URL": f"{url}/receiver", "POLL_SECONDS": "3600"}
            async with Stack(local, pathlib.Path(folder), url, **env) as stack:
                check = Check(livekit, stack)
                await check.combinations()
                await check.tokens()
                await check.signatures()
                await check.changes()
                await check.tracks()
                await check.many()
                await check.media_events()
                await check.bridge_killed()
                await check.livekit_restarted()
                await check.rollcall_down()
                await check.others(rooms)
                check.signing()
                check.secrecy()
    print(f"checked in {time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
