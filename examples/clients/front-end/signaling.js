// A signaling server that admits attendees and ends their sessions as docs/media-servers.md describes. It carries
// no media: a media server would answer the offer of SUBSCRIBE.

import { timingSafeEqual } from 'node:crypto';

import { paginateListAttendees } from '@aws-sdk/client-chime-sdk-meetings';
import protocol from 'amazon-chime-sdk-js/build/signalingprotocol/SignalingProtocol.js';
import { WebSocket, WebSocketServer } from 'ws';

const { SdkPingPongType, SdkSignalFrame } = protocol;
const { Type } = SdkSignalFrame;
const SUBPROTOCOL = '_aws_wt_session';

// Why there is no session: the status of an AUDIO_STATUS frame, and the code of the close frame that follows it.
const REFUSED = [403, 4403];
const REMOVED = [411, 4403];
const ENDED = [410, 4410];

const TOKEN = /^([0-9a-f]{32})([0-9a-f]{32})[A-Za-z0-9]{64}(#content)?$/;
const guid = hex => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const unlessNotFound = call =>
  call.catch(error => {
    if (error.name !== 'NotFoundException') throw error;
  });

// Returns the ids of the attendee to whom the credential belongs, or a refusal. Throws if the API does not tell.
async function admit(chime, credential) {
  const [, meeting, attendee, content = ''] = TOKEN.exec(credential) ?? [];
  if (!meeting) return { refusal: REFUSED };
  const ids = { MeetingId: guid(meeting), AttendeeId: guid(attendee) };
  const found = await unlessNotFound(chime.getAttendee(ids));
  if (!found) {
    const meetingId = { MeetingId: ids.MeetingId, MaxResults: 1 };
    return { refusal: (await unlessNotFound(chime.listAttendees(meetingId))) ? REFUSED : ENDED };
  }
  const { JoinToken, Capabilities } = found.Attendee;
  const [valid, given] = [JoinToken + content, credential].map(text => Buffer.from(text));
  const isValid = valid.length === given.length && timingSafeEqual(valid, given);
  const maySend = !content || Capabilities.Content.startsWith('Send');
  return isValid && maySend ? ids : { refusal: REFUSED };
}

function send(socket, frame) {
  const encoded = SdkSignalFrame.encode({ timestampMs: Date.now(), ...frame }).finish();
  socket.send(Buffer.concat([Buffer.of(5), encoded]));
}

function end(socket, [audioStatus, code]) {
  send(socket, { type: Type.AUDIO_STATUS, audioStatus: { audioStatus } });
  socket.close(code);
}

function receive(socket, data) {
  const { type, pingPong } = SdkSignalFrame.decode(data.subarray(1));
  if (type === Type.JOIN) {
    send(socket, { type: Type.JOIN_ACK, joinack: {} });
    send(socket, { type: Type.INDEX, index: {} });
  } else if (type === Type.SUBSCRIBE) {
    send(socket, { type: Type.SUBSCRIBE_ACK, suback: { sdpAnswer: '' } });
  } else if (type === Type.PING_PONG && pingPong.type === SdkPingPongType.PING) {
    send(socket, { type, pingPong: { type: SdkPingPongType.PONG, pingId: pingPong.pingId } });
  } else if (type === Type.LEAVE) {
    send(socket, { type: Type.LEAVE_ACK, leaveAck: {} });
  }
}

async function attendeeIds(chime, MeetingId) {
  const ids = new Set();
  for await (const page of paginateListAttendees({ client: chime }, { MeetingId })) {
    page.Attendees.forEach(attendee => ids.add(attendee.AttendeeId));
  }
  return ids;
}

/** Serves signaling on an HTTP server. Asks the API every `pollMs` milliseconds who is still an attendee. */
export function serveSignaling(server, chime, pollMs) {
  const verifyClient = async ({ req }, respond) => {
    const offered = (req.headers['sec-websocket-protocol'] ?? '').split(/, */);
    try {
      req.admitted = await admit(chime, offered.find(name => name !== SUBPROTOCOL));
      respond(true);
    } catch {
      respond(false, 503);
    }
  };
  const handleProtocols = () => SUBPROTOCOL;
  const sockets = new WebSocketServer({ server, verifyClient, handleProtocols, maxPayload: 2 ** 20 });
  sockets.on('connection', (socket, { admitted }) => {
    // The socket closes by itself after an error.
    socket.on('error', () => {});
    if (admitted.refusal) return end(socket, admitted.refusal);
    Object.assign(socket, admitted);
    socket.on('message', data => {
      try {
        receive(socket, data);
      } catch {
        socket.close(1007);
      }
    });
  });

  const poll = async () => {
    // A list that was begun before an attendee was created may lack it, so only who is connected now is compared.
    const open = [...sockets.clients].filter(socket => socket.MeetingId && socket.readyState === WebSocket.OPEN);
    for (const MeetingId of new Set(open.map(socket => socket.MeetingId))) {
      try {
        const ids = await unlessNotFound(attendeeIds(chime, MeetingId));
        const gone = open.filter(socket => socket.MeetingId === MeetingId && !ids?.has(socket.AttendeeId));
        gone.forEach(socket => end(socket, ids ? REMOVED : ENDED));
      } catch {
        // That the API does not tell says nothing about the attendees. The next poll asks again.
      }
    }
    if (server.listening) setTimeout(poll, pollMs);
  };
  setTimeout(poll, pollMs);
  return sockets;
}
