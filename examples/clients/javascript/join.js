// A join endpoint: `node join.js ENDPOINT [PORT]`. `POST /join` with a title and an occasion returns the
// meeting and the attendee from which a front end starts its session. docs/join-endpoint.md explains it.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import { ChimeSDKMeetings } from '@aws-sdk/client-chime-sdk-meetings';

const [endpoint, port = '8080'] = process.argv.slice(2);
const meetings = new ChimeSDKMeetings({ endpoint });
// The SDK takes LimitExceededException for throttling and retries it. A full meeting is reported at once.
const attendees = new ChimeSDKMeetings({ endpoint, maxAttempts: 1 });

// Replace this: your database counts the meetings of a room that have ended. The count never decreases.
const ended = new Map();

const MAX_MOVES = 100;

// snippet: join
async function join(title, occasion, user) {
  const room = JSON.stringify([title, occasion]);
  for (let move = 0; ; move++) {
    // All who join the same room after the same number of ends send the same token, and so get the same meeting.
    const count = ended.get(room) ?? 0;
    const token = createHash('sha256').update(JSON.stringify([title, occasion, count])).digest('hex');
    try {
      const { Meeting } = await meetings.createMeeting({
        ClientRequestToken: token,
        ExternalMeetingId: token,
        MediaRegion: 'eu-central-1',
      });
      // The same user gets the same attendee, however often they join.
      const { MeetingId } = Meeting;
      const { Attendee } = await attendees.createAttendee({ MeetingId, ExternalUserId: user });
      return { Meeting, Attendee };
    } catch (error) {
      const hasEnded = ['ConflictException', 'NotFoundException'].includes(error.name);
      if (!hasEnded || move === MAX_MOVES) throw error;
      // Whoever finds the end first counts it. The others read the new count.
      if ((ended.get(room) ?? 0) === count) ended.set(room, count + 1);
    }
  }
}
// end

// Replace this: the user comes from the session of your application, never from what the browser claims.
const signedInUser = request => request.headers['x-user'];

const STATUS = {
  BadRequestException: 400,
  LimitExceededException: 409,
  ConflictException: 410,
  NotFoundException: 410,
  ThrottlingException: 503,
  ServiceUnavailableException: 503,
};

const server = createServer(async (request, response) => {
  const respond = (status, body) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  const { title, occasion } = (await json(request).catch(() => null)) ?? {};
  const isText = value => typeof value === 'string' && value !== '';
  if (!isText(title) || !isText(occasion)) return respond(400, { error: 'title and occasion must be strings' });
  try {
    respond(200, await join(title, occasion, signedInUser(request)));
  } catch (error) {
    if (!(error.name in STATUS)) console.error(error);
    respond(STATUS[error.name] ?? 500, { error: error.name });
  }
});
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
