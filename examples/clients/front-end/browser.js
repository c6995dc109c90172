// Gives Node.js what amazon-chime-sdk-js needs of a browser: the DOM of jsdom, a real WebSocket, and stand-ins for
// WebRTC, which jsdom does not have. Peer connections negotiate with nobody.

import { JSDOM } from 'jsdom';
import { WebSocket } from 'ws';

const { window } = new JSDOM('', { url: 'https://front-end.example' });

class RTCRtpSender {
  async replaceTrack(track) {
    this.track = track;
  }
  getParameters() {
    return { encodings: [] };
  }
  async setParameters() {}
}

class RTCPeerConnection extends window.EventTarget {
  iceGatheringState = 'complete';
  iceConnectionState = 'connected';
  transceivers = [];
  addTransceiver(trackOrKind, { direction } = {}) {
    const kind = trackOrKind.kind ?? trackOrKind;
    const transceiver = { direction, sender: new RTCRtpSender(), receiver: { track: { kind } }, mid: null };
    this.transceivers.push(transceiver);
    return transceiver;
  }
  getTransceivers() {
    return this.transceivers;
  }
  async createOffer() {
    const media = this.transceivers.map(({ receiver }) => `m=${receiver.track.kind} 9 UDP/TLS/RTP/SAVPF 111\r\n`);
    return { type: 'offer', sdp: `v=0\r\n${media.join('')}a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n` };
  }
  async setLocalDescription(description) {
    this.localDescription = description;
  }
  async setRemoteDescription() {}
  async getStats() {
    return new Map();
  }
  close() {}
}

class MediaStream {
  constructor(tracks = []) {
    this.tracks = tracks;
  }
  addTrack(track) {
    this.tracks.push(track);
  }
  getTracks() {
    return this.tracks;
  }
  getAudioTracks() {
    return this.tracks.filter(track => track.kind === 'audio');
  }
  getVideoTracks() {
    return this.tracks.filter(track => track.kind === 'video');
  }
}

class ResizeObserver {
  observe() {}
  disconnect() {}
}

const { document, navigator, CloseEvent } = window;
const matchMedia = () => ({ addListener() {}, removeListener() {} });
for (const [name, value] of Object.entries({
  window,
  document,
  navigator,
  CloseEvent,
  matchMedia,
  MediaStream,
  ResizeObserver,
  RTCPeerConnection,
  RTCRtpSender,
  // That of `ws` accepts the same subprotocols as that of a browser: they are tokens of HTTP (RFC 9110, section
  // 5.6.2), so `/` is illegal. https://websockets.spec.whatwg.org/#dom-websocket-websocket
  WebSocket,
})) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** A track of a screen that is shared. */
export class ScreenTrack extends window.EventTarget {
  kind = 'video';
  getSettings() {
    return { width: 1280, height: 720 };
  }
  stop() {}
}
