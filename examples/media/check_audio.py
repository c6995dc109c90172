"""Checks the bridge with a real LiveKit server and real audio: `check_audio.py LOCAL LIVEKIT_SERVER`.

`.ci/media` runs it. The times that it compares are in README.md.
"""

import asyncio
import collections
import contextlib
import logging
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import aiohttp
import numpy
from aiohttp import web
from livekit import api, rtc

from check import COMBINATIONS, expected
from programs import FOLDER, KEY, SECRET, SEND_RECEIVE, Program, Stack, eventually, free_port

RATE = 48_000
REPETITIONS, MAX_REPETITIONS = 8, 40
# What the fastest repetition may take, in milliseconds. The fastest, because other programs make single ones slow;
# and longer while they take the processor from this one. Without events and webhooks, each would take minutes, until
# the next poll.
LIMITS = {"deleted: out": 76, "raised: told": 118, "raised: heard": 714, "lowered: silent": 78, "ended: out": 160}


def contention():
    """Returns how many times longer work takes now than it would alone on the machine."""
    wall, own = time.perf_counter(), time.process_time()
    while time.process_time() < own + 0.02:
        pass
    return max(1, (time.perf_counter() - wall) / 0.02)


class LiveKit:
    """The server, a relay for its webhooks to the bridge, and a receiver of the bridge's events."""

    def __init__(self, program, folder):
        self.port, tcp, udp = free_port(), free_port(), free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        self.relay_port = free_port()
        config = (FOLDER / "livekit.yaml").read_text()
        own = "only-for-this-machine-0123456789abcdef"
        for old, new in {"7880": self.port, "7881": tcp, "7882": udp, "8080": self.relay_port, own: SECRET}.items():
            assert config.count(old) == 1, old
            config = config.replace(old, str(new))
        self.server = Program([program, "--config-body", config], folder / "livekit.log")
        self.events = []
        self.fail = None

    @contextlib.asynccontextmanager
    async def serve(self, stack):
        self.stack = stack
        app = web.Application()
        app.router.add_post("/webhook", self.relay)
        app.router.add_post("/receiver", self.receive)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.relay_port, shutdown_timeout=0.1).start()
        self.api = api.LiveKitAPI(self.url, KEY, SECRET)
        try:
            await self.start()
            yield
        except BaseException:
            print(self.server.text()[-20_000:], file=sys.stderr)
            raise
        finally:
            await self.api.aclose()
            await runner.cleanup()
            self.server.kill()

    async def start(self):
        await self.server.start("starting LiveKit server")

    async def relay(self, request):
        body = await request.read()
        if self.fail and self.fail in body:
            self.fail = None
            return web.Response(status=500)
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type")}
        try:
            url = f"{self.stack.bridge_url}/webhook"
            async with self.stack.session.post(url, data=body, headers=headers) as response:
                return web.Response(status=response.status)
        except aiohttp.ClientError:
            return web.Response(status=502)

    async def receive(self, request):
        self.events.append((await request.json())["detail"])
        return web.Response(status=204)

    def heard_of(self, attendee):
        kinds = [event["eventType"] for event in self.events if event["attendeeId"] == attendee["AttendeeId"]]
        return [kind.removeprefix("chime:Attendee") for kind in kinds]

    async def participants(self, meeting):
        found = await self.api.room.list_participants(api.ListParticipantsRequest(room=meeting))
        return {info.identity: info for info in found.participants}


class Client:
    """A client of LiveKit that listens, and can speak."""

    def __init__(self):
        self.room = rtc.Room()
        self.heard = collections.Counter()  # loud frames of each participant
        self.silenced = collections.Counter()  # tracks of each participant that ended
        self.reason = self.told = None
        self.tasks = set()
        self.room.on("disconnected", self.on_disconnected)
        self.room.on("participant_permissions_changed", self.on_permissions)
        self.room.on("track_subscribed", self.on_track)
        self.room.on("track_unsubscribed", self.on_end)

    async def connect(self, response):
        await self.room.connect(response["server_url"], response["participant_token"])
        return self

    def on_disconnected(self, reason):
        self.reason = reason

    def on_permissions(self, participant, permission):
        if participant.identity == self.room.local_participant.identity:
            self.told = permission

    def on_track(self, track, _, participant):
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self.keep(self.listen(rtc.AudioStream(track, sample_rate=RATE, num_channels=1), participant.identity))

    def on_end(self, track, _, participant):
        self.silenced[participant.identity] += 1

    async def listen(self, stream, identity):
        ended = self.silenced[identity]
        async for event in stream:
            if self.silenced[identity] > ended:
                break  # because an old stream gets the sound of a later track
            if numpy.abs(numpy.frombuffer(event.frame.data, numpy.int16)).max() > 1000:
                self.heard[identity] += 1
        await stream.aclose()

    def keep(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def speak(self):
        """Publishes a tone as the microphone."""
        source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
        track = rtc.LocalAudioTrack.create_audio_track("tone", source)
        self.keep(self.tone(source))
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        return await self.room.local_participant.publish_track(track, options)

    async def tone(self, source):
        samples = (8000 * numpy.sin(numpy.arange(RATE // 100) * 2 * numpy.pi * 500 / RATE)).astype(numpy.int16)
        frame = rtc.AudioFrame(samples.tobytes(), RATE, 1, RATE // 100)
        while self.reason is None:
            await source.capture_frame(frame)

    async def show(self):
        """Publishes a picture as the camera."""
        source = rtc.VideoSource(64, 64)
        track = rtc.LocalVideoTrack.create_video_track("picture", source)
        picture = rtc.VideoFrame(64, 64, rtc.VideoBufferType.RGBA, bytes(64 * 64 * 4))
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA)
        publication = await self.room.local_participant.publish_track(track, options)

        async def capture():
            while self.reason is None:
                source.capture_frame(picture)
                await asyncio.sleep(0.05)

        self.keep(capture())
        return publication

    async def is_out(self, *reasons):
        await eventually("disconnected", lambda: self.reason is not None)
        assert rtc.DisconnectReason.Name(self.reason) in reasons, self.reason

    async def close(self):
        for task in [*self.tasks]:
            task.cancel()
        await self.room.disconnect()


class Check:
    def __init__(self, livekit, stack):
        self.livekit, self.stack = livekit, stack
        self.times = collections.defaultdict(list)
        self.contention, self.in_time = 1, set()
        self.clients = []
        self.begin = time.monotonic()

    async def connect(self, response):
        client = Client()
        self.clients.append(client)
        return await client.connect(response)

    async def enter(self, attendee):
        return await self.connect(await self.stack.join(attendee))

    def say(self, what):
        print(f"{time.monotonic() - self.begin:5.1f} s: {what}", flush=True)

    def repetitions(self, *timed):
        """Counts the repetitions: some, and more as long as none was within its limit."""
        for number in range(MAX_REPETITIONS):
            if number >= REPETITIONS and self.in_time.issuperset(timed):
                return
            self.contention = contention()
            yield number

    def time(self, what, begin):
        taken = (time.monotonic() - begin) * 1000
        self.times[what].append(taken)
        if taken <= LIMITS.get(what, 0) * self.contention:
            self.in_time.add(what)

    async def run(self):
        stack, livekit = self.stack, self.livekit
        self.meeting = meeting = stack.meeting()
        self.alice, self.bob, carol = (stack.attendee(meeting, user) for user in ("alice", "bob", "carol"))
        stack.allow(meeting, carol, Audio="None")
        self.listener = await self.enter(self.bob)
        self.speaker = await self.enter(self.alice)
        await self.speaker.speak()
        await self.hears(self.alice)
        self.say("bob hears alice")

        dropped = stack.attendee(meeting, "dropped")
        await self.drop(dropped)
        # The client reports a refused publication after 10 seconds.
        silent = await self.enter(carol)
        refused = asyncio.create_task(silent.speak())
        await self.capabilities()
        await self.camera()
        await self.deleted()
        published = await self.older_token()
        await self.failed_webhook()
        error, _ = await asyncio.gather(refused, published, return_exceptions=True)
        assert isinstance(error, rtc.participant.PublishTrackError), error
        assert not self.listener.heard[carol["AttendeeId"]]
        assert not (await livekit.participants(meeting))[carol["AttendeeId"]].tracks
        self.say("carol, with Audio None, can't speak")
        await self.raised_and_lowered(carol, silent)
        await self.ended()
        await self.bridge_stopped()
        await eventually("dropped", lambda: livekit.heard_of(dropped) == ["Joined", "Dropped"], 40)
        self.say("a client that is killed is an AttendeeDropped")
        await self.livekit_restarted()
        self.compare_times()

    async def hears(self, attendee):
        heard, identity = self.listener.heard, attendee["AttendeeId"]
        begin = heard[identity]
        await eventually("heard", lambda: heard[identity] > begin)

    async def drop(self, attendee):
        """Lets a client of its own process in, and kills it."""
        response = await self.stack.join(attendee)
        client = subprocess.Popen([sys.executable, __file__, response["server_url"], response["participant_token"]])
        await eventually("joined", lambda: self.livekit.heard_of(attendee) == ["Joined"])
        client.kill()
        client.wait()

    async def capabilities(self):
        attendee = self.stack.attendee(self.meeting, "everything")
        await self.enter(attendee)
        for capabilities in COMBINATIONS:
            self.stack.allow(self.meeting, attendee, **capabilities)
            await self.has(attendee, capabilities)
        self.say(f"{len(COMBINATIONS)} combinations of capabilities take effect on the server")

    async def has(self, attendee, capabilities):
        """Waits until the server gives the participant the permission of the capabilities."""
        begin, allowed = time.monotonic(), None
        while allowed != expected(capabilities):
            assert time.monotonic() < begin + 20, f"{capabilities}: {allowed}"
            allowed = (await self.livekit.participants(self.meeting))[attendee["AttendeeId"]].permission

    async def camera(self):
        publication = await self.speaker.show()
        await eventually("started", lambda: "VideoStarted" in self.livekit.heard_of(self.alice))
        await self.speaker.room.local_participant.unpublish_track(publication.sid)
        await eventually("stopped", lambda: self.livekit.heard_of(self.alice)[-1] == "VideoStopped")
        assert self.livekit.heard_of(self.alice) == ["Joined", "VideoStarted", "VideoStopped"]
        changed = f"changing {self.alice['AttendeeId']}"
        assert changed not in self.stack.bridge.text(), "what the server makes of a token differs from the permission"
        self.say("a camera is an AttendeeVideoStarted and an AttendeeVideoStopped")

    async def settle(self, attendee):
        """Lets an attendee in, who is to be deleted and to come back. Returns the client and `/join`'s response."""
        response = await self.stack.join(attendee)
        client = await self.connect(response)
        await eventually("joined", lambda: self.livekit.heard_of(attendee) == ["Joined"])
        # If the join is still being compared, that comparison may find the deletion, and then the event finds the
        # client who is coming back: he is refused before he is let in, and the client tries again after 15 seconds.
        await asyncio.sleep(0.2)
        return client, response

    async def deleted(self):
        frames = 0
        for number in self.repetitions("deleted: out"):
            attendee = self.stack.attendee(self.meeting, f"deleted-{number}")
            client, response = await self.settle(attendee)
            begin = time.monotonic()
            self.stack.chime.delete_attendee(MeetingId=self.meeting, AttendeeId=attendee["AttendeeId"])
            await client.is_out("PARTICIPANT_REMOVED")
            self.time("deleted: out", begin)
            await eventually("left", lambda: self.livekit.heard_of(attendee) == ["Joined", "Left"])
            back = await self.connect(response)
            begin = time.monotonic()
            await back.is_out("PARTICIPANT_REMOVED")
            self.time("back with the old token: out", begin)
            frames += back.heard[self.alice["AttendeeId"]]
        self.say(f"who is deleted is out, and out again if he comes back: then he heard {frames} frames of 10 ms")

    async def older_token(self):
        attendee = self.stack.attendee(self.meeting, "lowered")
        response = await self.stack.join(attendee)
        client = await self.connect(response)
        lowered = {**SEND_RECEIVE, "Audio": "None"}
        self.stack.allow(self.meeting, attendee, **lowered)
        await self.has(attendee, lowered)
        await client.room.disconnect()
        client = await self.connect(response)
        published = asyncio.create_task(client.speak())
        begin = time.monotonic()
        await self.has(attendee, lowered)
        self.time("back with an older token: lowered", begin)
        await asyncio.sleep(0.5)
        frames = self.listener.heard[attendee["AttendeeId"]]
        await asyncio.sleep(0.5)
        assert self.listener.heard[attendee["AttendeeId"]] == frames <= 50
        await self.has(attendee, lowered)
        assert not (await self.livekit.participants(self.meeting))[attendee["AttendeeId"]].tracks
        self.say(f"capabilities are lowered, then an older token joins: {frames} frames were heard")
        return published

    async def failed_webhook(self):
        attendee = self.stack.attendee(self.meeting, "failed")
        client, response = await self.settle(attendee)
        self.stack.chime.delete_attendee(MeetingId=self.meeting, AttendeeId=attendee["AttendeeId"])
        await client.is_out("PARTICIPANT_REMOVED")
        self.livekit.fail = b"participant_joined"
        client = await self.connect(response)
        await client.is_out("PARTICIPANT_REMOVED")
        assert self.livekit.fail is None
        self.say("a webhook gets a 500 once: LiveKit retries it, and the deleted attendee is out")

    async def bridge_stopped(self):
        attendee = self.stack.attendee(self.meeting, "meanwhile")
        client = await self.enter(attendee)
        self.stack.bridge.kill()
        self.stack.chime.delete_attendee(MeetingId=self.meeting, AttendeeId=attendee["AttendeeId"])
        await asyncio.sleep(3)
        assert client.reason is None
        begin = time.monotonic()
        await self.stack.start_bridge()
        await client.is_out("PARTICIPANT_REMOVED")
        self.time("deleted while the bridge is down: out after its start", begin)
        self.say("the bridge is down for three seconds: who is deleted stays until it is up")

    async def raised_and_lowered(self, attendee, client):
        identity, microphone = attendee["AttendeeId"], rtc.TrackSource.SOURCE_MICROPHONE
        for _ in self.repetitions("raised: told", "raised: heard", "lowered: silent"):
            client.told, heard = None, self.listener.heard[identity]
            ended = self.listener.silenced[identity]
            begin = time.monotonic()
            self.stack.allow(self.meeting, attendee)
            await eventually("told", lambda: client.told and microphone in client.told.can_publish_sources)
            self.time("raised: told", begin)
            publication = await client.speak()
            await eventually("heard", lambda: self.listener.heard[identity] > heard)
            self.time("raised: heard", begin)
            begin = time.monotonic()
            self.stack.allow(self.meeting, attendee, Audio="None")
            await eventually("silent", lambda: self.listener.silenced[identity] > ended)
            self.time("lowered: silent", begin)
            heard = self.listener.heard[identity]
            await asyncio.sleep(0.3)
            assert self.listener.heard[identity] == heard
            await client.room.local_participant.unpublish_track(publication.sid)
        self.say("carol is raised and heard, lowered and silent")

    async def livekit_restarted(self):
        self.livekit.server.kill()
        await self.livekit.start()
        begin = time.monotonic()
        # Until bob has joined again, he may hear what is left of the old connection.
        again = lambda attendee: self.livekit.heard_of(attendee).count("Joined") == 2
        await eventually("joined again", lambda: again(self.alice) and again(self.bob), 30)
        await self.hears(self.alice)
        self.time("LiveKit restarted: heard again", begin)
        self.say("LiveKit is killed and started: bob hears alice again")

    async def ended(self):
        for _ in self.repetitions("ended: out"):
            meeting = self.stack.meeting()
            clients = [await self.enter(self.stack.attendee(meeting, user)) for user in ("alice", "bob")]
            begin = time.monotonic()
            self.stack.chime.delete_meeting(MeetingId=meeting)
            for client in clients:
                # Whoever was just compared because he joined is removed by himself.
                await client.is_out("ROOM_DELETED", "PARTICIPANT_REMOVED")
            self.time("ended: out", begin)
        self.say("who is in a meeting that ends is out")

    def compare_times(self):
        for what, times in self.times.items():
            limited = f" (limit {LIMITS[what]})" if what in LIMITS else ""
            low, middle, high = min(times), statistics.median(times), max(times)
            print(f"  {what}: {low:.0f} ms, median {middle:.0f}, longest {high:.0f}{limited}")
        slow = LIMITS.keys() - self.in_time
        assert not slow, f"too slow: {slow}"

    async def close(self):
        await asyncio.gather(*(client.close() for client in self.clients), return_exceptions=True)


async def main(local, program):
    begin = time.monotonic()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # it reports every end of a connection
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        livekit = LiveKit(program, folder)
        env = {"EVENTS_URL": f"http://127.0.0.1:{livekit.relay_port}/receiver", "POLL_SECONDS": "600"}
        async with Stack(local, folder, livekit.url, **env) as stack, livekit.serve(stack):
            check = Check(livekit, stack)
            try:
                await check.run()
            finally:
                await check.close()
    print(f"checked in {time.monotonic() - begin:.0f} s")


async def stay(url, token):
    await Client().connect({"server_url": url, "participant_token": token})
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run((stay if sys.argv[1].startswith("ws") else main)(*sys.argv[1:]))
