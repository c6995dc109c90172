#!/usr/bin/env bash
# amazon-chime-sdk-js 3.32.0: while a session starts, a close of its signaling WebSocket with 4410 stops it with
# `MeetingEnded`, and 4403 with `SignalingBadRequest`. After the start the same closes are ignored: no observer is
# called, and there is no new connection, so the session goes on without signaling.
# Seen: the four lines at the end. Needs Node.js 20.19 or later. Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts amazon-chime-sdk-js@3.32.0 jsdom@29.1.1 ws@8.23.0
cat >run.cjs <<'JS'
const { once } = require('node:events');
const { JSDOM } = require('jsdom');
const { WebSocket, WebSocketServer } = require('ws');
const { window } = new JSDOM('');
class RTCRtpSender { async replaceTrack() {} getParameters() { return {}; } async setParameters() {} }
class RTCPeerConnection extends window.EventTarget {
  iceGatheringState = 'complete'; iceConnectionState = 'connected'; all = [];
  addTransceiver(kind) {
    this.all.push({ kind, sender: new RTCRtpSender(), receiver: { track: {} } });
    return this.all.at(-1);
  }
  getTransceivers() { return this.all; }
  async createOffer() {
    const candidate = 'a=candidate:1 1 udp 1 127.0.0.1 9 typ host';
    return { type: 'offer', sdp: `v=0\r\nm=audio 9 RTP 0\r\n${candidate}\r\n` };
  }
  async setLocalDescription(description) { this.localDescription = description; }
  async setRemoteDescription() {} async getStats() { return new Map(); } close() {}
}
const MediaStream = class { getTracks() { return []; } getAudioTracks() { return []; } addTrack() {} };
const browser = { window, document: window.document, navigator: window.navigator, CloseEvent: window.CloseEvent };
for (const [name, value] of Object.entries({ ...browser, WebSocket, RTCRtpSender, RTCPeerConnection, MediaStream }))
  Object.defineProperty(globalThis, name, { value, configurable: true });
const sdk = require('amazon-chime-sdk-js');
const { SdkSignalFrame: Frame } = require('amazon-chime-sdk-js/build/signalingprotocol/SignalingProtocol.js');

async function run(when, code) {
  const handleProtocols = () => '_aws_wt_session';
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols });
  await once(server, 'listening');
  const send = (socket, frame) =>
    socket.send(Buffer.concat([Buffer.of(5), Frame.encode({ timestampMs: 1, ...frame }).finish()]));
  server.on('connection', socket => socket.on('message', data => {
    const { type } = Frame.decode(data.subarray(1));
    if (type === Frame.Type.JOIN && when === 'starting') socket.close(code);
    else if (type === Frame.Type.JOIN) {
      send(socket, { type: Frame.Type.JOIN_ACK, joinack: {} });
      send(socket, { type: Frame.Type.INDEX, index: {} });
    }
    else if (type === Frame.Type.SUBSCRIBE) send(socket, { type: Frame.Type.SUBSCRIBE_ACK, suback: { sdpAnswer: '' } });
  }));
  const SignalingUrl = `ws://127.0.0.1:${server.address().port}/`;
  const MediaPlacement = { SignalingUrl, AudioHostUrl: 'audio.invalid' };
  const meeting = { Meeting: { MeetingId: 'm', MediaPlacement } };
  const attendee = { Attendee: { AttendeeId: 'a', ExternalUserId: 'alice', JoinToken: 'token' } };
  const logger = new sdk.NoOpLogger();
  const { audioVideo } = new sdk.DefaultMeetingSession(
    new sdk.MeetingSessionConfiguration(meeting, attendee), logger, new sdk.DefaultDeviceController(logger));
  const result = await new Promise(resolve => {
    audioVideo.addObserver({
      audioVideoDidStart() {
        server.clients.forEach(socket => socket.close(code));
        setTimeout(() => resolve('nothing in 5 s'), 5000);
      },
      audioVideoDidStartConnecting: again => again && resolve('connects again'),
      audioVideoDidStop: status => resolve(sdk.MeetingSessionStatusCode[status.statusCode()]),
    });
    audioVideo.start();
  });
  return `${when} ${code}: ${result}`;
}
(async () => {
  for (const when of ['starting', 'started']) for (const code of [4410, 4403]) console.log(await run(when, code));
  process.exit();
})();
JS
node run.cjs | tee seen
diff seen - <<'SEEN'
starting 4410: MeetingEnded
starting 4403: SignalingBadRequest
started 4410: nothing in 5 s
started 4403: nothing in 5 s
SEEN
