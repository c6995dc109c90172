// Shows with the client SDK of Amazon Chime that a front end starts sessions with the responses of the API, and that
// a media server can admit and end them: `node check.js LOCAL PAGE...`, the program of `cargo local`, and the pages
// of the documentation that have examples of MEDIA_PLACEMENT. `.ci/clients` runs it.

import { ScreenTrack } from './browser.js';

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { ChimeSDKMeetings } from '@aws-sdk/client-chime-sdk-meetings';
import sdk from 'amazon-chime-sdk-js';
import protocol from 'amazon-chime-sdk-js/build/signalingprotocol/SignalingProtocol.js';

import { serveSignaling } from './signaling.js';

const TOKENS = 50;
const NEVER = 3_600_000;
const [local, ...pages] = process.argv.slice(2);
setTimeout(() => assert.fail('the check hangs'), 120_000).unref();

/** Starts `cargo local`, and returns a client of its API. */
async function startApi(...flags) {
  const { MEDIA_PLACEMENT, MAX_ATTENDEES, ...env } = process.env;
  const stdio = ['ignore', 'pipe', 'ignore'];
  const api = spawn(local, ['--port', '0', '--dynamodb-port', '0', ...flags], { env, stdio });
  process.on('exit', () => api.kill());
  const [line] = await once(createInterface({ input: api.stdout }), 'line');
  return new ChimeSDKMeetings({ endpoint: line.replace('api ', '') });
}

async function createMeeting(chime) {
  const { Meeting } = await chime.createMeeting({
    ClientRequestToken: randomUUID(),
    ExternalMeetingId: 'standup',
    MediaRegion: 'eu-central-1',
  });
  return Meeting;
}

async function createAttendee(chime, { MeetingId }, ExternalUserId, Capabilities) {
  const { Attendee } = await chime.createAttendee({ MeetingId, ExternalUserId, Capabilities });
  return Attendee;
}

/** A service with this placement, but a signaling server of its own. Every connection is recorded. */
async function startService(placement, pollMs) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `ws://127.0.0.1:${server.address().port}`;
  const SignalingUrl = placement.SignalingUrl.replace(/^wss:\/\/[^/]*/, origin);
  const chime = await startApi('--media-placement', JSON.stringify({ ...placement, SignalingUrl }));
  const connections = [];
  serveSignaling(server, chime, pollMs).on('connection', (socket, { url, headers }) => {
    const [, credential] = headers['sec-websocket-protocol'].split(/, ?/);
    const connection = { socket, url, credential };
    connections.push(connection);
    socket.on('message', data => {
      connection.subscribe = protocol.SdkSignalFrame.decode(data.subarray(1)).sub ?? connection.subscribe;
    });
  });
  return { chime, connections };
}

/** A session of the client SDK. `outcome` becomes `started` or the name of the status with which it stopped. */
function startSession(Meeting, Attendee) {
  const configuration = new sdk.MeetingSessionConfiguration({ Meeting }, { Attendee });
  const logger = new sdk.NoOpLogger();
  const devices = new sdk.DefaultDeviceController(logger);
  const { audioVideo } = new sdk.DefaultMeetingSession(configuration, logger, devices);
  const stopped = new Promise(resolve => {
    const audioVideoDidStop = status => resolve(sdk.MeetingSessionStatusCode[status.statusCode()]);
    audioVideo.addObserver({ audioVideoDidStop });
  });
  const started = new Promise(resolve => audioVideo.addObserver({ audioVideoDidStart: () => resolve('started') }));
  audioVideo.start();
  return { audioVideo, outcome: Promise.race([started, stopped]), stopped };
}

/** Why a session with this meeting is of no use, or null. */
async function findProblem({ chime, connections }, Meeting, limitMs = NEVER) {
  const attendee = await createAttendee(chime, Meeting, `user-${randomUUID()}`);
  const { audioVideo, outcome } = startSession(Meeting, attendee);
  const result = await Promise.race([outcome, sleep(limitMs, 'no connection', { ref: false })]);
  audioVideo.stop();
  if (result !== 'started') return result;
  const { url, subscribe } = connections.find(({ credential }) => credential === attendee.JoinToken);
  if (!new URLSearchParams(url.split('?')[1]).has('X-Chime-Control-Protocol-Version')) return 'no protocol version';
  const streams = subscribe.sendStreams.map(({ attendeeId }) => attendeeId);
  return subscribe.audioHost && streams.includes(attendee.AttendeeId) ? null : 'no audio';
}

// A session starts with the URLs of the response.
{
  const chime = await startApi();
  const meeting = await createMeeting(chime);
  const attendee = await createAttendee(chime, meeting, 'alice');
  const configuration = new sdk.MeetingSessionConfiguration({ Meeting: meeting }, { Attendee: attendee });
  const { urls, credentials, meetingId } = configuration;
  const placement = meeting.MediaPlacement;
  assert.equal(meetingId, meeting.MeetingId);
  assert.equal(credentials.attendeeId, attendee.AttendeeId);
  assert.equal(credentials.joinToken, attendee.JoinToken);
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
  assert.ok(signaling.hostname.includes(meeting.MediaRegion) && signaling.pathname.endsWith(`/${meetingId}`));
  console.log(`session: constructed, it would connect to ${urls.signalingURL}`);
}

// Without MediaPlacement the same constructor fails, so the check above can fail.
{
  const chime = await startApi('--media-placement', '');
  const Meeting = await createMeeting(chime);
  const Attendee = await createAttendee(chime, Meeting, 'alice');
  assert.equal(Meeting.MediaPlacement, undefined);
  assert.throws(() => new sdk.MeetingSessionConfiguration({ Meeting }, { Attendee }), error => {
    console.log(`session without MediaPlacement: ${error}`);
    return error instanceof TypeError;
  });
}

// Sessions start, with audio, with each placement that the documentation shows.
const EXAMPLE = /\{(?:[^{}]|\{\w+\})*"SignalingUrl"(?:[^{}]|\{\w+\})*\}/g;
let placement, service;
for (const page of pages) {
  const examples = readFileSync(page, 'utf8').replaceAll('\\"', '"').match(EXAMPLE);
  assert.ok(examples, `${page} has no example of MEDIA_PLACEMENT`);
  for (const example of examples) {
    placement = JSON.parse(example);
    service = await startService(placement, 100);
    assert.equal(await findProblem(service, await createMeeting(service.chime)), null, `${page}: ${example}`);
  }
}
console.log('session: starts, with audio, with the placements of the documentation');

// The check notices placements that cannot work.
const { chime, connections } = service;
const meeting = await createMeeting(chime);
const { MeetingId } = meeting;
const { SignalingUrl } = meeting.MediaPlacement;
for (const [change, problem] of [
  [{ AudioHostUrl: undefined }, 'no audio'],
  [{ SignalingUrl: `${SignalingUrl}?x=1` }, 'no protocol version'],
  [{ SignalingUrl: `${SignalingUrl}#x` }, 'no connection'],
  [{ SignalingUrl: SignalingUrl.replace('ws://', '') }, 'no connection'],
]) {
  const changed = { ...meeting, MediaPlacement: { ...meeting.MediaPlacement, ...change } };
  assert.equal(await findProblem(service, changed, 2_000), problem);
}
console.log('session: the check notices placements without audio, or with a SignalingUrl that cannot work');

// Join tokens are subprotocols of a WebSocket: the package's own request and adapter connect to a server.
const open = joinToken => {
  const request = new sdk.SignalingClientConnectionRequest(SignalingUrl, joinToken);
  const adapter = new sdk.DefaultWebSocketAdapter(new sdk.NoOpLogger());
  adapter.create(request.url(), request.protocols());
  return adapter;
};
const tokens = new Set();
for (let user = 0; user < TOKENS; user++) {
  const { JoinToken } = await createAttendee(chime, meeting, `user-${user}`);
  tokens.add(JoinToken);
  const adapter = open(JoinToken);
  await new Promise((resolve, reject) => {
    adapter.addEventListener('open', resolve);
    adapter.addEventListener('error', reject);
  });
  assert.equal(connections.at(-1).credential, JoinToken);
  adapter.close(1000, 'done');
}
assert.equal(tokens.size, TOKENS);
console.log(`subprotocol: ${TOKENS} of ${TOKENS} join tokens connected`);

// The same client refuses a token of the earlier alphabet, so the check above can fail.
assert.throws(() => open(`${'a'.repeat(31)}/`), error => {
  console.log(`subprotocol with a slash: ${error}`);
  return error instanceof SyntaxError;
});

// A media server admits a session by its token, and a content share by a token of its own.
const join = async (user, capabilities) => {
  const attendee = await createAttendee(chime, meeting, user, capabilities);
  const session = startSession(meeting, attendee);
  assert.equal(await session.outcome, 'started');
  return { ...session, attendee };
};
// The client opens a second connection, and subscribes as `<AttendeeId>#content`.
const share = async ({ audioVideo, attendee }) => {
  const stopped = new Promise(resolve => audioVideo.addContentShareObserver({ contentShareDidStop: resolve }));
  audioVideo.startContentShare(new MediaStream([new ScreenTrack()]));
  const content = () => connections.find(({ credential }) => credential === `${attendee.JoinToken}#content`);
  while (!content()?.subscribe) {
    if (await Promise.race([stopped.then(() => true), sleep(10)])) return null;
  }
  return content().subscribe.sendStreams[0].attendeeId;
};
const alice = await join('alice');
const { AttendeeId, JoinToken } = alice.attendee;
assert.equal(await share(alice), `${AttendeeId}#content`);
const bob = await join('bob', { Audio: 'SendReceive', Video: 'SendReceive', Content: 'Receive' });
assert.equal(await share(bob), null);
console.log('signaling: a session starts, and so does a content share, if the attendee may send content');

// A session ends when its attendee is deleted.
await chime.deleteAttendee({ MeetingId, AttendeeId });
assert.equal(await alice.stopped, 'AudioAttendeeRemoved');

// It is refused from then on, as any other token that is not valid: at once, with one connection.
const refusal = async JoinToken => {
  const before = connections.length;
  const reason = await startSession(meeting, { ...alice.attendee, JoinToken }).outcome;
  assert.equal(connections.length, before + 1);
  return reason;
};
const valid = (await createAttendee(chime, meeting, 'carol')).JoinToken;
const foreign = (await createAttendee(chime, await createMeeting(chime), 'carol')).JoinToken;
for (const [token, reason] of [
  [JoinToken, 'AudioAuthenticationRejected'],
  [valid.slice(0, 64) + foreign.slice(64), 'AudioAuthenticationRejected'],
  [foreign.slice(0, 32) + valid.slice(32), 'AudioAuthenticationRejected'],
  [valid.slice(64), 'AudioAuthenticationRejected'],
  [valid.slice(0, -1), 'AudioAuthenticationRejected'],
  ['undefined', 'AudioAuthenticationRejected'],
  ['0'.repeat(128), 'MeetingEnded'],
]) {
  assert.equal(await refusal(token), reason, token);
}
// An attendee whom an earlier version created has a shorter token.
const { getAttendee } = chime;
chime.getAttendee = async ids => {
  const { Attendee } = await getAttendee.call(chime, ids);
  return { Attendee: { ...Attendee, JoinToken: Attendee.JoinToken.slice(64) } };
};
assert.equal(await refusal(valid), 'AudioAuthenticationRejected');
console.log('signaling: the session of a deleted attendee ends, and invalid tokens are refused for good');

// If the API does not tell, the client tries again.
let failures = 2;
chime.getAttendee = ids => (failures-- > 0 ? Promise.reject(new Error('503')) : getAttendee.call(chime, ids));
const dave = await join('dave');
assert.ok(failures < 0);
chime.getAttendee = getAttendee;
console.log('signaling: a session starts after two failures of the API');

// When the meeting ends, all sessions end, and none starts.
await chime.deleteMeeting({ MeetingId });
assert.deepEqual(await Promise.all([bob.stopped, dave.stopped]), ['MeetingEnded', 'MeetingEnded']);
assert.equal(await refusal(valid), 'MeetingEnded');
console.log('signaling: the sessions of an ended meeting end, and none starts');

// The API is asked at every connection, so a deleted attendee does not come back even between two polls.
{
  const { chime, connections } = await startService(placement, NEVER);
  const meeting = await createMeeting(chime);
  const { MeetingId } = meeting;
  const attendee = await createAttendee(chime, meeting, 'alice');
  const { outcome, stopped } = startSession(meeting, attendee);
  assert.equal(await outcome, 'started');
  await chime.deleteAttendee({ MeetingId, AttendeeId: attendee.AttendeeId });
  connections[0].socket.terminate();
  assert.equal(await stopped, 'AudioAuthenticationRejected');
  assert.equal(connections.length, 2);
  console.log('signaling: a session whose attendee was deleted is refused when it connects again');
}
process.exit();
