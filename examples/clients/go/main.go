// Calls the API with the AWS SDK for Go v2: `go mod init client && go mod tidy && go run . ENDPOINT`.
// Credentials and region come from the environment. With SIGNING_NAME=execute-api it signs for a deployed API.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	chime "github.com/aws/aws-sdk-go-v2/service/chimesdkmeetings"
	"github.com/aws/aws-sdk-go-v2/service/chimesdkmeetings/types"
	"github.com/aws/smithy-go/middleware"
)

// newClient makes a client for the endpoint, with options of the caller. Later releases of the SDK have
// Options.BaseEndpoint for this.
func newClient(config aws.Config, endpoint string, options ...func(*chime.Options)) *chime.Client {
	resolver := chime.WithEndpointResolver(chime.EndpointResolverFromURL(endpoint))
	return chime.NewFromConfig(config, append(options, resolver)...)
}

// signFor is an option of a client. API Gateway verifies signatures for "execute-api", not for "chime".
func signFor(signingName string) func(*chime.Options) {
	setName := middleware.InitializeMiddlewareFunc("SignFor", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(awsmiddleware.SetSigningName(ctx, signingName), in)
	})
	return func(options *chime.Options) {
		options.APIOptions = append(options.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(setName, middleware.After)
		})
	}
}


func main() {
	ctx := context.Background()
	config, err := config.LoadDefaultConfig(ctx)
	check(err)
	var options []func(*chime.Options)
	if name := os.Getenv("SIGNING_NAME"); name != "" {
		options = append(options, signFor(name))
	}
	client := newClient(config, os.Args[1], options...)

	created, err := client.CreateMeeting(ctx, &chime.CreateMeetingInput{
		ClientRequestToken: aws.String(randomToken()),
		ExternalMeetingId:  aws.String("standup"),
		MediaRegion:        aws.String("eu-central-1"),
		MeetingFeatures: &types.MeetingFeaturesConfiguration{
			Audio: &types.AudioFeatures{EchoReduction: types.MeetingFeatureStatusAvailable},
		},
	})
	check(err)
	meeting := created.Meeting.MeetingId
	expect(created.Meeting.MeetingFeatures.Audio.EchoReduction == types.MeetingFeatureStatusAvailable, "features")

	// Creating the same user again returns the same attendee, with the same join token.
	alice := &chime.CreateAttendeeInput{MeetingId: meeting, ExternalUserId: aws.String("alice")}
	first, err := client.CreateAttendee(ctx, alice)
	check(err)
	again, err := client.CreateAttendee(ctx, alice)
	check(err)
	expect(*again.Attendee.AttendeeId == *first.Attendee.AttendeeId, "another attendee")
	expect(*again.Attendee.JoinToken == *first.Attendee.JoinToken, "another join token")

	// Bob is named twice and becomes one attendee.
	batch, err := client.BatchCreateAttendee(ctx, &chime.BatchCreateAttendeeInput{
		MeetingId: meeting, Attendees: users("bob", "bob"),
	})
	check(err)
	expect(len(batch.Attendees) == 1 && len(batch.Errors) == 0, "not one attendee")
	bob := batch.Attendees[0].AttendeeId

	var listed []string
	pages := chime.NewListAttendeesPaginator(client, &chime.ListAttendeesInput{
		MeetingId: meeting, MaxResults: aws.Int32(1),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		check(err)
		for _, attendee := range page.Attendees {
			listed = append(listed, *attendee.ExternalUserId)
		}
	}
	expect(len(listed) == 2 && listed[0] != listed[1], "listed: %v", listed)

	receiveAudio := &types.AttendeeCapabilities{
		Audio: types.MediaCapabilitiesReceive, Video: types.MediaCapabilitiesNone, Content: types.MediaCapabilitiesNone,
	}
	updated, err := client.UpdateAttendeeCapabilities(ctx, &chime.UpdateAttendeeCapabilitiesInput{
		MeetingId: meeting, AttendeeId: bob, Capabilities: receiveAudio,
	})
	check(err)
	expect(updated.Attendee.Capabilities.Audio == types.MediaCapabilitiesReceive, "capabilities")

	_, err = client.CreateAttendee(ctx, &chime.CreateAttendeeInput{
		MeetingId: meeting, ExternalUserId: aws.String("aws:alice"),
	})
	refused[*types.BadRequestException](err)
	_, err = client.CreateAttendee(ctx, &chime.CreateAttendeeInput{
		MeetingId: meeting, ExternalUserId: alice.ExternalUserId, Capabilities: receiveAudio,
	})
	refused[*types.UnprocessableEntityException](err)

	// The meeting has 250 seats: this release of the SDK does not have MeetingFeatures.Attendee.MaxCount.
	for left := 0; left < 250; left += 50 {
		var names []string
		for user := left; user < left+50; user++ {
			names = append(names, fmt.Sprintf("user-%d", user))
		}
		_, err := client.BatchCreateAttendee(ctx, &chime.BatchCreateAttendeeInput{
			MeetingId: meeting, Attendees: users(names...),
		})
		check(err)
	}
	_, err = client.CreateAttendee(ctx, &chime.CreateAttendeeInput{
		MeetingId: meeting, ExternalUserId: aws.String("carol"),
	})
	refused[*types.LimitExceededException](err)

	_, err = client.StartMeetingTranscription(ctx, &chime.StartMeetingTranscriptionInput{
		MeetingId: meeting,
		TranscriptionConfiguration: &types.TranscriptionConfiguration{
			EngineTranscribeSettings: &types.EngineTranscribeSettings{
				LanguageCode: types.TranscribeLanguageCodeEnUs,
			},
		},
	})
	check(err)
	_, err = client.StopMeetingTranscription(ctx, &chime.StopMeetingTranscriptionInput{MeetingId: meeting})
	check(err)

	_, err = client.DeleteAttendee(ctx, &chime.DeleteAttendeeInput{MeetingId: meeting, AttendeeId: bob})
	check(err)
	_, err = client.DeleteMeeting(ctx, &chime.DeleteMeetingInput{MeetingId: meeting})
	check(err)
	_, err = client.GetMeeting(ctx, &chime.GetMeetingInput{MeetingId: meeting})
	refused[*types.NotFoundException](err)
	fmt.Println("Go aws-sdk-go-v2", aws.SDKVersion, "ok")
}

// refused ends the program unless the error is a T with a request id.
func refused[T error](err error) {
	var exception T
	var response *awshttp.ResponseError
	expect(errors.As(err, &exception), "not a %T: %v", exception, err)
	expect(errors.As(err, &response) && response.ServiceRequestID() != "", "no request id: %v", err)
}

func users(names ...string) []types.CreateAttendeeRequestItem {
	var items []types.CreateAttendeeRequestItem
	for _, name := range names {
		items = append(items, types.CreateAttendeeRequestItem{ExternalUserId: aws.String(name)})
	}
	return items
}

func randomToken() string {
	token := make([]byte, 16)
	_, err := rand.Read(token)
	check(err)
	return fmt.Sprintf("%x", token)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func expect(condition bool, format string, values ...any) {
	if !condition {
		log.Fatalf(format, values...)
	}
}
