// A plain JavaScript version of CreateAttendee: the two writes, and little else.
const { DynamoDBClient, PutItemCommand, UpdateItemCommand } = require("@aws-sdk/client-dynamodb");
const { createHash, randomBytes, randomUUID } = require("node:crypto");

const dynamodb = new DynamoDBClient({});

const respond = (statusCode, body) => ({
  statusCode, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});
const attendeeOf = (item) => ({
  Attendee: {
    AttendeeId: item.AttendeeId.S, ExternalUserId: item.ExternalUserId.S, JoinToken: item.JoinToken.S,
    Capabilities: Object.fromEntries(Object.entries(item.Capabilities.M).map(([k, v]) => [k, v.S])),
  },
});

exports.handler = async (event) => {
  const meetingId = event.pathParameters.MeetingId;
  const user = JSON.parse(event.body).ExternalUserId;
  if (typeof user !== "string" || user.length < 2 || user.length > 64) {
    return respond(400, { Code: "BadRequest", Message: "ExternalUserId" });
  }
  const now = Math.floor(Date.now() / 1000);
  const seat = createHash("sha1").update(meetingId + user).digest().subarray(0, 16);
  try {
    await dynamodb.send(new UpdateItemCommand({
      TableName: process.env.MEETINGS_TABLE,
      Key: { MeetingId: { S: meetingId } },
      UpdateExpression: "ADD Seats :seats",
      ConditionExpression:
        "attribute_exists(MeetingId) AND attribute_not_exists(EndedAt) AND ExpiresAt > :now AND " +
        "(attribute_not_exists(Seats) OR size(Seats) < MaxAttendees OR contains(Seats, :seat))",
      ExpressionAttributeValues: {
        ":seats": { BS: [seat] }, ":seat": { B: seat }, ":now": { N: `${now}` },
      },
    }));
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    return respond(404, { Code: "NotFound", Message: "No such meeting, or it is full" });
  }
  const any = { S: "SendReceive" };
  const item = {
    MeetingId: { S: meetingId }, ExternalUserId: { S: user }, AttendeeId: { S: randomUUID() },
    JoinToken: { S: randomBytes(33).toString("base64").slice(0, 43) },
    Capabilities: { M: { Audio: any, Content: any, Video: any } },
    ExpiresAt: { N: `${now + 90000}` },
  };
  try {
    await dynamodb.send(new PutItemCommand({
      TableName: process.env.ATTENDEES_TABLE, Item: item,
      ConditionExpression: "attribute_not_exists(MeetingId)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    }));
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    return respond(200, attendeeOf(error.Item));
  }
  return respond(200, attendeeOf(item));
};
