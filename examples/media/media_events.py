"""Sends what LiveKit's webhooks say to a URL, in the form of Chime's events."""

import asyncio
import datetime
import logging
import uuid

from livekit import api

MAX_WAITING = 10_000
FIRST_PAUSE, MAX_PAUSE = 0.1, 10
REASONS = api.DisconnectReason
LEFT = (REASONS.CLIENT_INITIATED, REASONS.DUPLICATE_IDENTITY, REASONS.PARTICIPANT_REMOVED, REASONS.ROOM_DELETED)

log = logging.getLogger("bridge")


def event_type(hook):
    """Returns the type of the event that a webhook means, or None."""
    if hook.event == "participant_joined":
        return "chime:AttendeeJoined"
    if hook.event == "participant_left":
        return f"chime:Attendee{'Left' if hook.participant.disconnect_reason in LEFT else 'Dropped'}"
    if (hook.track.source, hook.track.type) == (api.TrackSource.CAMERA, api.TrackType.VIDEO):
        types = {"track_published": "chime:AttendeeVideoStarted", "track_unpublished": "chime:AttendeeVideoStopped"}
        return types.get(hook.event)
    return None


def event(hook, meeting, external_user_id):
    """Returns the event. A webhook that LiveKit repeats gives the same one, with the same id."""
    arn = meeting["MeetingArn"].split(":")
    time = datetime.datetime.fromtimestamp(hook.created_at, datetime.timezone.utc)
    detail = {
        "version": "0",
        "eventType": event_type(hook),
        "timestamp": hook.created_at * 1000,
        "meetingId": hook.room.name,
        "attendeeId": hook.participant.identity,
        "externalUserId": external_user_id,
        "externalMeetingId": meeting["ExternalMeetingId"],
        "mediaRegion": meeting["MediaRegion"],
    }
    if hook.event.startswith("participant"):
        detail["networkType"] = "Voip"
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, hook.id)),
        "detail-type": "Chime Meeting State Change",
        "source": "aws.chime",
        "account": arn[4],
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": arn[3],
        "resources": [],
        "detail": detail,
    }


class Sender:
    """Sends events in the order of their webhooks, each until the receiver takes it. Keeps them in memory."""

    def __init__(self, url, rollcall):
        self.url, self.rollcall = url, rollcall
        self.hooks = asyncio.Queue(MAX_WAITING)

    def put(self, hook):
        if event_type(hook):
            try:
                self.hooks.put_nowait(hook)
            except asyncio.QueueFull:
                log.error("lost %s of meeting %s", event_type(hook), hook.room.name)

    async def run(self, session):
        while True:
            hook, pause = await self.hooks.get(), FIRST_PAUSE
            while not await self.is_done(session, hook):
                await asyncio.sleep(pause)
                pause = min(2 * pause, MAX_PAUSE)

    async def is_done(self, session, hook):
        room, participant = hook.room.name, hook.participant
        try:
            meeting = await asyncio.to_thread(self.rollcall.meeting, room)
            # The webhooks of tracks do not contain the name.
            name = participant.name or await asyncio.to_thread(
                self.rollcall.external_user_id, room, participant.identity
            )
            body = event(hook, meeting, name)
            async with session.post(self.url, json=body, allow_redirects=False) as response:
                return response.status // 100 in (2, 4) and response.status not in (408, 429)
        except self.rollcall.client.exceptions.NotFoundException:
            return True  # another's room, or a meeting or attendee that has gone before the bridge knew it
        except Exception as error:
            log.error("can't send %s of meeting %s: %r", event_type(hook), room, error)
            return False
