// A plain JavaScript version of CreateAttendee: the two writes, and little else. The writes are the product's,
// in the file that the first argument names, with the user of each request.
const { DynamoDBClient, PutItemCommand, UpdateItemCommand } = require("@aws-sdk/client-dynamodb");
const { randomBytes, randomUUID } = require("node:crypto");
const { readFileSync } = require("node:fs");

const decode = (text) => Buffer.from(text, "base64");
const recorded = JSON.parse(readFileSync(process.argv[2]), (name, value) =>
  name === "B" ? decode(value) : name === "BS" ? value.map(decode) : value);
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
  const key = { MeetingId: { S: event.pathParameters.MeetingId } };
  const user = JSON.parse(event.body).ExternalUserId;
  if (typeof user !== "string" || user.length < 2 || user.length > 64) {
    return respond(400, { Code: "BadRequest", Message: "ExternalUserId" });
  }
  try {
    await dynamodb.send(new UpdateItemCommand({ ...recorded.UpdateItem, Key: key }));
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    return respond(404, { Code: "NotFound", Message: "No such meeting, or it is full" });
  }
  const item = {
    ...recorded.PutItem.Item, ...key, ExternalUserId: { S: user }, AttendeeId: { S: randomUUID() },
    JoinToken: { S: randomBytes(32).toString("hex") },
  };
  try {
    await dynamodb.send(new PutItemCommand({ ...recorded.PutItem, Item: item }));
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    return respond(200, attendeeOf(error.Item));
  }
  return respond(200, attendeeOf(item));
};
