// A join endpoint: `node join.js ENDPOINT [PORT]`. `POST /join` with a title and an occasion answers with the
// meeting and the attendee from which a front end starts its session. docs/join-endpoint.md explains it.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import { ChimeSDKMeetings } from '@aws-sdk/client-chime-sdk-meetings';

const [endpoint, port = '8080'] = process.argv.slice(2);
const chime = new ChimeSDKMeetings({ endpoint });

// snippet: join
async function join({ title, occasion }, user) {
  // Everybody who joins the same occasion sends the same token, and so gets the same meeting.
  const token = createHash('sha256').update(JSON.stringify([title, occasion])).digest('hex');
  const { Meeting } = await chime.createMeeting({
    ClientRequestToken: token,
    ExternalMeetingId: token,
    MediaRegion: 'eu-central-1',
  });
  // The same user gets the same attendee, however often they join.
  const { MeetingId } = Meeting;
  const { Attendee } = await chime.createAttendee({ MeetingId, ExternalUserId: user });
  return { Meeting, Attendee };
}
// end

// Replace this: the user comes from the session of your application, never from what the browser claims.
const signedInUser = request => request.headers['x-user'];

const ENDED = 410;
const FULL = 409;
const STATUS = { ConflictException: ENDED, NotFoundException: ENDED, LimitExceededException: FULL };

const server = createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  try {
    answer(200, await join(await json(request), signedInUser(request)));
  } catch (error) {
    if (!(error.name in STATUS)) console.error(error);
    answer(STATUS[error.name] ?? 500, { error: error.name });
  }
});
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
