// Calls the API with the AWS SDK for JavaScript v3: `npm ci`, then `node client.js ENDPOINT`.
// Credentials and region come from the environment. With SIGNING_NAME=execute-api it signs for a deployed API.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

import {
  BadRequestException,
  ChimeSDKMeetings,
  LimitExceededException,
  NotFoundException,
  UnprocessableEntityException,
  paginateListAttendees,
} from '@aws-sdk/client-chime-sdk-meetings';

const [endpoint] = process.argv.slice(2);

// API Gateway verifies signatures for `execute-api`, not for `chime`.
const signingName = process.env.SIGNING_NAME;
const chime = new ChimeSDKMeetings({ endpoint, ...(signingName && { signingName }) });

// A meeting for two attendees.
const { Meeting } = await chime.createMeeting({
  ClientRequestToken: randomUUID(),
  ExternalMeetingId: 'standup',
  MediaRegion: 'eu-central-1',
  MeetingFeatures: { Video: { MaxResolution: 'HD' }, Attendee: { MaxCount: 2 } },
});
const { MeetingId } = Meeting;
assert.equal(Meeting.MeetingFeatures.Attendee.MaxCount, 2);

// Creating the same user again returns the same attendee, with the same join token.
const { Attendee: alice } = await chime.createAttendee({ MeetingId, ExternalUserId: 'alice' });
const { Attendee: again } = await chime.createAttendee({ MeetingId, ExternalUserId: 'alice' });
assert.deepEqual(again, alice);

// Bob is named twice and becomes one attendee.
const batch = await chime.batchCreateAttendee({
  MeetingId,
  Attendees: [{ ExternalUserId: 'bob' }, { ExternalUserId: 'bob' }],
});
assert.deepEqual(batch.Errors, []);
assert.equal(batch.Attendees.length, 1);
const [bob] = batch.Attendees;

const listed = [];
for await (const page of paginateListAttendees({ client: chime, pageSize: 1 }, { MeetingId })) {
  listed.push(...page.Attendees.map(attendee => attendee.AttendeeId));
}
assert.deepEqual(listed.sort(), [alice.AttendeeId, bob.AttendeeId].sort());

const Capabilities = { Audio: 'Receive', Video: 'None', Content: 'None' };
const { Attendee: updated } = await chime.updateAttendeeCapabilities({
  MeetingId,
  AttendeeId: bob.AttendeeId,
  Capabilities,
});
assert.deepEqual(updated.Capabilities, Capabilities);

async function refused(exception, call) {
  await assert.rejects(call, error => {
    assert.ok(error instanceof exception, error);
    assert.equal(error.$metadata.requestId, error.RequestId);
    return true;
  });
}
await refused(BadRequestException, chime.createAttendee({ MeetingId, ExternalUserId: 'aws:alice' }));
await refused(LimitExceededException, chime.createAttendee({ MeetingId, ExternalUserId: 'carol' }));
await refused(
  UnprocessableEntityException,
  chime.createAttendee({ MeetingId, ExternalUserId: 'alice', Capabilities }),
);

await chime.startMeetingTranscription({
  MeetingId,
  TranscriptionConfiguration: { EngineTranscribeSettings: { LanguageCode: 'en-US' } },
});
await chime.stopMeetingTranscription({ MeetingId });

await chime.deleteAttendee({ MeetingId, AttendeeId: bob.AttendeeId });
await chime.deleteMeeting({ MeetingId });
await refused(NotFoundException, chime.getMeeting({ MeetingId }));

const { version } = createRequire(import.meta.url)('@aws-sdk/client-chime-sdk-meetings/package.json');
console.log(`JavaScript @aws-sdk/client-chime-sdk-meetings ${version} ok`);
