#!/usr/bin/env bash
# Calls the API with the AWS CLI: `client.sh ENDPOINT`.
# Credentials and region come from the environment. With SIGNING_NAME=execute-api it signs for a deployed API.
# That needs Python with the package botocore.
set -euo pipefail
endpoint=$1
service=chime-sdk-meetings

# API Gateway verifies signatures for `execute-api`, not for `chime`. The AWS CLI takes the name from its model of
# the service, so `rollcall` is a copy of that model with another name to sign for.
if [ -n "${SIGNING_NAME:-}" ]; then
  export AWS_DATA_PATH=${AWS_DATA_PATH:-$HOME/.aws/models}
  mkdir -p "$AWS_DATA_PATH/rollcall/2021-07-15"
  python3 - >"$AWS_DATA_PATH/rollcall/2021-07-15/service-2.json" <<'PYTHON'
import botocore.session, json, os
loader = botocore.session.get_session().get_component("data_loader")
model = loader.load_service_model("chime-sdk-meetings", "service-2")
model["metadata"]["signingName"] = os.environ["SIGNING_NAME"]
print(json.dumps(model))
PYTHON
  service=rollcall
fi

chime() { aws "$service" "$@" --endpoint-url "$endpoint"; }
fail() { echo "$*" >&2; exit 1; }

# A meeting for two attendees.
meeting=$(chime create-meeting --client-request-token "$(uuidgen 2>/dev/null || cat /proc/sys/kernel/random/uuid)" \
  --external-meeting-id standup --media-region eu-central-1 \
  --meeting-features 'Video={MaxResolution=HD},Attendee={MaxCount=2}' --query Meeting.MeetingId --output text)

# Creating the same user again returns the same attendee, with the same join token.
alice=$(chime create-attendee --meeting-id "$meeting" --external-user-id alice)
again=$(chime create-attendee --meeting-id "$meeting" --external-user-id alice)
[ "$again" = "$alice" ] || fail "another attendee: $again"

# Bob is named twice and becomes one attendee.
bob=$(chime batch-create-attendee --meeting-id "$meeting" \
  --attendees ExternalUserId=bob ExternalUserId=bob --query 'Attendees[].AttendeeId' --output text)
[ "$(wc -w <<<"$bob")" = 1 ] || fail "not one attendee: $bob"

# The AWS CLI does not page ListAttendees by itself.
listed='' token=''
while true; do
  page=$(chime list-attendees --meeting-id "$meeting" --max-results 1 ${token:+--next-token "$token"} \
    --query '[Attendees[0].ExternalUserId,NextToken]' --output text)
  read -r user token <<<"$page"
  listed+=" $user"
  [ "$token" != None ] || break
done
[ "$(tr ' ' '\n' <<<"$listed" | sort | xargs)" = 'alice bob' ] || fail "listed: $listed"

video=$(chime update-attendee-capabilities --meeting-id "$meeting" --attendee-id "$bob" \
  --capabilities Audio=Receive,Video=None,Content=None --query Attendee.Capabilities.Video --output text)
[ "$video" = None ] || fail "video: $video"

# `--debug` shows the headers of the response, which contain the request id.
refused() {
  local exception=$1 output
  shift
  if output=$(chime "$@" --debug 2>&1); then fail "no $exception: $*"; fi
  grep -q "An error occurred ($exception)" <<<"$output" || fail "no $exception: $output"
  grep -qi "'x-amzn-requestid': '[0-9a-f-]\{36\}'" <<<"$output" || fail "no request id: $output"
}
refused BadRequestException create-attendee --meeting-id "$meeting" --external-user-id aws:alice
refused LimitExceededException create-attendee --meeting-id "$meeting" --external-user-id carol
refused UnprocessableEntityException create-attendee --meeting-id "$meeting" --external-user-id alice \
  --capabilities Audio=Receive,Video=None,Content=None

chime start-meeting-transcription --meeting-id "$meeting" \
  --transcription-configuration 'EngineTranscribeSettings={LanguageCode=en-US}'
chime stop-meeting-transcription --meeting-id "$meeting"

chime delete-attendee --meeting-id "$meeting" --attendee-id "$bob"
chime delete-meeting --meeting-id "$meeting"
refused NotFoundException get-meeting --meeting-id "$meeting"
echo "AWS CLI $(aws --version 2>&1 | sed 's/^aws-cli.\([^ ]*\).*/\1/') ok"
