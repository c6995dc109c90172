# In another terminal, with any credentials:
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export NO_PROXY=127.0.0.1   # for the case that a proxy is set
export AWS_ENDPOINT_URL_CHIME_SDK_MEETINGS=http://127.0.0.1:4000
MEETING_ID=$(aws chime-sdk-meetings create-meeting \
  --external-meeting-id standup --media-region eu-central-1 \
  --query Meeting.MeetingId --output text)
aws chime-sdk-meetings create-attendee \
  --meeting-id "$MEETING_ID" --external-user-id alice@example.com

# More attendees, and the end of the meeting:
aws chime-sdk-meetings batch-create-attendee --meeting-id "$MEETING_ID" \
  --attendees ExternalUserId=bob@example.com ExternalUserId=carol@example.com
aws chime-sdk-meetings list-attendees --meeting-id "$MEETING_ID"
ATTENDEE_ID=$(aws chime-sdk-meetings list-attendees --meeting-id "$MEETING_ID" \
  --query 'Attendees[0].AttendeeId' --output text)
aws chime-sdk-meetings update-attendee-capabilities --meeting-id "$MEETING_ID" \
  --attendee-id "$ATTENDEE_ID" --capabilities Audio=Receive,Video=None,Content=None
aws chime-sdk-meetings batch-update-attendee-capabilities-except --meeting-id "$MEETING_ID" \
  --excluded-attendee-ids "AttendeeId=$ATTENDEE_ID" --capabilities Audio=Receive,Video=None,Content=None
aws chime-sdk-meetings get-attendee --meeting-id "$MEETING_ID" --attendee-id "$ATTENDEE_ID"
aws chime-sdk-meetings delete-attendee --meeting-id "$MEETING_ID" --attendee-id "$ATTENDEE_ID"
aws chime-sdk-meetings start-meeting-transcription --meeting-id "$MEETING_ID" \
  --transcription-configuration 'EngineTranscribeSettings={LanguageCode=en-US}'
aws chime-sdk-meetings stop-meeting-transcription --meeting-id "$MEETING_ID"
aws chime-sdk-meetings get-meeting --meeting-id "$MEETING_ID"
aws chime-sdk-meetings delete-meeting --meeting-id "$MEETING_ID"

# A meeting without video, and its attendees, in one call:
aws chime-sdk-meetings create-meeting-with-attendees \
  --external-meeting-id all-hands --media-region eu-central-1 --tags Key=team,Value=blue \
  --meeting-features 'Video={MaxResolution=None},Attendee={MaxCount=100}' \
  --attendees ExternalUserId=alice@example.com ExternalUserId=bob@example.com \
  | tee meeting.json
MEETING_ARN=$(grep -o 'arn:aws:chime[^"]*' meeting.json)
aws chime-sdk-meetings tag-resource --resource-arn "$MEETING_ARN" --tags Key=floor,Value=3
aws chime-sdk-meetings list-tags-for-resource --resource-arn "$MEETING_ARN"
aws chime-sdk-meetings untag-resource --resource-arn "$MEETING_ARN" --tag-keys floor

# Ready. Press Ctrl-C to stop.
