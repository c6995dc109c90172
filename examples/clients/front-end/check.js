// Shows with the client SDK of Amazon Chime that a front end can start a session with the answers of the API:
// `node check.js API API_WITHOUT_PLACEMENT`, the addresses of two services, of which the second has an empty
// MEDIA_PLACEMENT. `.ci/clients` runs it.

import assert from 'node:assert/strict';
import { once } from 'node:events';

import chime from 'amazon-chime-sdk-js';
import { WebSocket, WebSocketServer } from 'ws';

const {
  DefaultWebSocketAdapter,
  MeetingSessionConfiguration,
  NoOpLogger,
  SignalingClientConnectionRequest,
} = chime;

// The package is made for browsers. Node.js can import it without any stub, and the classes used here need only
// one global of a browser: WebSocket, which Node.js 20 does not have. That of `ws` accepts the same
// subprotocols as that of a browser: they are tokens of HTTP (RFC 9110, section 5.6.2), so `/` is illegal.
// https://websockets.spec.whatwg.org/#dom-websocket-websocket
globalThis.WebSocket = WebSocket;

const TOKENS = 50;
const REGION = 'eu-central-1';

const [api, apiWithoutPlacement] = process.argv.slice(2);

async function post(base, path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(response.status, 200, `POST ${path}`);
  return response.json();
}

const createMeeting = base =>
  post(base, '/meetings', {
    ClientRequestToken: 'client-session',
    ExternalMeetingId: 'standup',
    MediaRegion: REGION,
  });

const createAttendee = (base, meeting, user) =>
  post(base, `/meetings/${meeting.Meeting.MeetingId}/attendees`, { ExternalUserId: `user-${user}` });

// A session starts with the URLs of the answer.
const meeting = await createMeeting(api);
const attendee = await createAttendee(api, meeting, 0);
const { urls, credentials, meetingId } = new MeetingSessionConfiguration(meeting, attendee);
const placement = meeting.Meeting.MediaPlacement;
assert.equal(meetingId, meeting.Meeting.MeetingId);
assert.equal(credentials.attendeeId, attendee.Attendee.AttendeeId);
assert.equal(credentials.joinToken, attendee.Attendee.JoinToken);
for (const [url, expected] of [
  [urls.audioHostURL, placement.AudioHostUrl],
  [urls.eventIngestionURL, placement.EventIngestionUrl],
  [urls.signalingURL, placement.SignalingUrl],
  [urls.turnControlURL, placement.TurnControlUrl],
]) {
  assert.equal(typeof expected, 'string');
  assert.equal(url, expected);
}
const signaling = new URL(urls.signalingURL);
assert.equal(signaling.protocol, 'wss:');
assert.match(signaling.hostname, /\.invalid$/);
assert.ok(signaling.hostname.includes(REGION) && signaling.pathname.endsWith(`/${meetingId}`));
console.log(`session: constructed, it would connect to ${urls.signalingURL}`);

// Without MediaPlacement the same constructor fails, so the check above can fail.
const without = await createMeeting(apiWithoutPlacement);
const attendeeWithout = await createAttendee(apiWithoutPlacement, without, 0);
assert.equal(without.Meeting.MediaPlacement, undefined);
assert.throws(() => new MeetingSessionConfiguration(without, attendeeWithout), error => {
  console.log(`session without MediaPlacement: ${error}`);
  return error instanceof TypeError;
});

// Join tokens are subprotocols of a WebSocket: the package's own request and adapter connect to a server.
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
await once(server, 'listening');
const open = joinToken => {
  const request = new SignalingClientConnectionRequest(
    `ws://127.0.0.1:${server.address().port}/control/${meetingId}`,
    joinToken,
  );
  const adapter = new DefaultWebSocketAdapter(new NoOpLogger());
  adapter.create(request.url(), request.protocols());
  return adapter;
};

const tokens = new Set();
for (let user = 0; user < TOKENS; user++) {
  const { JoinToken } = (await createAttendee(api, meeting, user)).Attendee;
  tokens.add(JoinToken);
  const connected = once(server, 'connection');
  const adapter = open(JoinToken);
  const opened = new Promise((resolve, reject) => {
    adapter.addEventListener('open', resolve);
    adapter.addEventListener('error', reject);
  });
  const [[, request]] = await Promise.all([connected, opened]);
  const protocols = request.headers['sec-websocket-protocol'].split(/, ?/);
  assert.deepEqual(protocols, ['_aws_wt_session', JoinToken]);
  adapter.close(1000, 'done');
}
assert.equal(tokens.size, TOKENS);
console.log(`subprotocol: ${TOKENS} of ${TOKENS} join tokens connected`);

// The same client refuses a token of the earlier alphabet, so the check above can fail.
assert.throws(() => open(`${'a'.repeat(31)}/`), error => {
  console.log(`subprotocol with a slash: ${error}`);
  return error instanceof SyntaxError;
});
server.close();
