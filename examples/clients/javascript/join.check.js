// Joins 100 occasions with two people at once, each of them twice: `node join.check.js JOIN ENDPOINT`, the
// addresses of join.js and of the API. Each occasion must have one meeting and two attendees.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

import { ChimeSDKMeetings } from '@aws-sdk/client-chime-sdk-meetings';

const OCCASIONS = 100;
const [joinUrl, endpoint] = process.argv.slice(2);
const chime = new ChimeSDKMeetings({ endpoint });

const post = (occasion, user) =>
  fetch(`${joinUrl}/join`, {
    method: 'POST',
    headers: { 'x-user': user },
    body: JSON.stringify({ title: 'Stand-up', occasion }),
  });

async function join(occasion, user) {
  const response = await post(occasion, user);
  assert.equal(response.status, 200);
  const { Meeting, Attendee } = await response.json();
  assert.equal(Attendee.ExternalUserId, user);
  return { MeetingId: Meeting.MeetingId, Attendee };
}

const run = randomUUID();
const meetings = new Set();
let last;
for (let number = 0; number < OCCASIONS; number++) {
  last = `${run}-${number}`;
  const people = ['alice@example.com', 'bob@example.com'];
  const joins = await Promise.all([...people, ...people].map(user => join(last, user)));
  const [{ MeetingId }] = joins;
  assert.deepEqual(joins.map(joined => joined.MeetingId), Array(joins.length).fill(MeetingId));
  meetings.add(MeetingId);

  // Both answers of a person have the same attendee, with the same join token.
  const [alice, bob, aliceAgain, bobAgain] = joins.map(joined => joined.Attendee);
  assert.deepEqual([aliceAgain, bobAgain], [alice, bob]);
  const { Attendees } = await chime.listAttendees({ MeetingId });
  assert.deepEqual(
    Attendees.map(attendee => attendee.AttendeeId).sort(),
    [alice.AttendeeId, bob.AttendeeId].sort(),
  );
}
assert.equal(meetings.size, OCCASIONS);

// After the end of the meeting nobody can join its occasion.
await chime.deleteMeeting({ MeetingId: [...meetings].at(-1) });
assert.equal((await post(last, 'alice@example.com')).status, 410);
console.log(`join endpoint: ${OCCASIONS} of ${OCCASIONS} occasions have one meeting and two attendees`);
