"""Creates an attendee with boto3's default retries: `python retries.py ENDPOINT MEETING_ID`, then a line of input.

`.ci/clients` runs it while DynamoDB fails (tests/api/failures.rs).
"""

import sys
import time

import boto3

chime = boto3.client("chime-sdk-meetings", endpoint_url=sys.argv[1])
print("ready", flush=True)
input()
begin = time.monotonic()
chime.create_attendee(MeetingId=sys.argv[2], ExternalUserId="alice")
message = f"boto3 {boto3.__version__} got its attendee after {time.monotonic() - begin:.1f} s, while DynamoDB failed"
print(message, file=sys.stderr)
