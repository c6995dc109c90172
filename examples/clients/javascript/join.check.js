// Checks a join endpoint: `node join.check.js JOIN ENDPOINT LOG`, the addresses of join.js and of a `cargo local` that
// nobody else calls, and the file with its log. Two people at once join 100 occasions, each of them twice, and come
// back to a room 50 times after its meeting has ended.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

import { ChimeSDKMeetings } from '@aws-sdk/client-chime-sdk-meetings';

const OCCASIONS = 100;
const RETURNS = 50;
const PEOPLE = ['alice@example.com', 'bob@example.com'];
const [joinUrl, endpoint, log] = process.argv.slice(2);
const chime = new ChimeSDKMeetings({ endpoint });

const post = (body, user) =>
  fetch(`${joinUrl}/join`, { method: 'POST', headers: user ? { 'x-user': user } : {}, body });

async function join(occasion, user) {
  const response = await post(JSON.stringify({ title: 'Stand-up', occasion }), user);
  assert.equal(response.status, 200);
  const { Meeting, Attendee } = await response.json();
  assert.equal(Attendee.ExternalUserId, user);
  return { MeetingId: Meeting.MeetingId, Attendee };
}

async function meetingOf(joins) {
  const [{ MeetingId }] = joins;
  assert.deepEqual(joins.map(joined => joined.MeetingId), Array(joins.length).fill(MeetingId));
  const { Attendees } = await chime.listAttendees({ MeetingId });
  assert.deepEqual(
    Attendees.map(attendee => attendee.AttendeeId).sort(),
    [...new Set(joins.map(joined => joined.Attendee.AttendeeId))].sort(),
  );
  return MeetingId;
}

const run = randomUUID();
const meetings = new Set();
for (let number = 0; number < OCCASIONS; number++) {
  const joins = await Promise.all([...PEOPLE, ...PEOPLE].map(user => join(`${run}-${number}`, user)));
  meetings.add(await meetingOf(joins));
  // Both responses to a person have the same attendee, with the same join token.
  const [alice, bob, aliceAgain, bobAgain] = joins.map(joined => joined.Attendee);
  assert.deepEqual([aliceAgain, bobAgain], [alice, bob]);
}
assert.equal(meetings.size, OCCASIONS);

const room = `${run}-room`;
let MeetingId = await meetingOf([await join(room, PEOPLE[0])]);
meetings.add(MeetingId);
for (let number = 0; number < RETURNS; number++) {
  await chime.deleteMeeting({ MeetingId });
  MeetingId = await meetingOf(await Promise.all(PEOPLE.map(user => join(room, user))));
  meetings.add(MeetingId);
}
assert.equal(meetings.size, OCCASIONS + 1 + RETURNS);

// Of those who join a meeting, one has created it. For each of the others the log says `replay`.
const joins = 4 * OCCASIONS + 1 + 2 * RETURNS;
const replays = async () => (await readFile(log, 'utf8')).match(/CreateMeeting +200 Success: replay/g)?.length;
for (let wait = 0; wait < 100 && (await replays()) !== joins - meetings.size; wait++) await setTimeout(100);
assert.equal(await replays(), joins - meetings.size);

// Nobody else gets into a full meeting, but those who are in it do.
const seats = Array.from({ length: 248 }, (_, number) => ({ ExternalUserId: `user ${number}` }));
for (const batch of [seats.slice(0, 100), seats.slice(100, 200), seats.slice(200)]) {
  const { Errors } = await chime.batchCreateAttendee({ MeetingId, Attendees: batch });
  assert.deepEqual(Errors, []);
}
const body = JSON.stringify({ title: 'Stand-up', occasion: room });
assert.equal((await post(body, 'carol@example.com')).status, 409);
assert.equal((await post(body, PEOPLE[0])).status, 200);

const mistakes = ['', '{', 'null', '[]', '"x"', '{}', '{"title":"Stand-up"}', '{"occasion":"today"}'];
for (const value of ['', null, 7, ['today'], {}]) mistakes.push(JSON.stringify({ title: 'Stand-up', occasion: value }));
for (const mistake of mistakes) assert.equal((await post(mistake, PEOPLE[0])).status, 400, mistake);
// The API refuses an attendee without a user, and one with such an id.
for (const user of [undefined, 'aws:alice']) assert.equal((await post(body, user)).status, 400);

console.log(
  `join endpoint: ${OCCASIONS} of ${OCCASIONS} occasions have one meeting and two attendees, ` +
    `${RETURNS} of ${RETURNS} returns to a room one new meeting`,
);
