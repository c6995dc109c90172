import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.http.auth.aws.scheme.AwsV4AuthScheme;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.scheme.AuthSchemeOption;
import software.amazon.awssdk.services.chimesdkmeetings.ChimeSdkMeetingsClient;
import software.amazon.awssdk.services.chimesdkmeetings.ChimeSdkMeetingsClientBuilder;
import software.amazon.awssdk.services.chimesdkmeetings.model.*;

/**
 * Calls the API with the AWS SDK for Java 2: {@code mvn compile exec:java -Dexec.args=ENDPOINT}. Credentials and
 * region come from the environment. With {@code SIGNING_NAME=execute-api} it signs for a deployed API.
 */
public class Client {
  /** API Gateway verifies signatures for {@code execute-api}, not for {@code chime}. */
  static void signFor(String signingName, ChimeSdkMeetingsClientBuilder builder) {
    builder.authSchemeProvider(
        request ->
            List.of(
                AuthSchemeOption.builder()
                    .schemeId(AwsV4AuthScheme.SCHEME_ID)
                    .putSignerProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, signingName)
                    .putSignerProperty(AwsV4HttpSigner.REGION_NAME, request.region().id())
                    .build()));
  }

  public static void main(String[] arguments) throws Exception {
    var builder = ChimeSdkMeetingsClient.builder().endpointOverride(URI.create(arguments[0]));
    var signingName = System.getenv("SIGNING_NAME");
    if (signingName != null) {
      signFor(signingName, builder);
    }
    try (var chime = builder.build()) {
      run(chime);
    }
    System.out.println("Java software.amazon.awssdk " + VersionInfo.SDK_VERSION + " ok");
  }

  static void run(ChimeSdkMeetingsClient chime) throws Exception {
    // A meeting for two attendees.
    var meeting =
        chime
            .createMeeting(
                r ->
                    r.clientRequestToken(UUID.randomUUID().toString())
                        .externalMeetingId("standup")
                        .mediaRegion("eu-central-1")
                        .meetingFeatures(
                            f ->
                                f.video(v -> v.maxResolution(VideoResolution.HD))
                                    .attendee(a -> a.maxCount(2))))
            .meeting();
    var id = meeting.meetingId();
    expect(meeting.meetingFeatures().attendee().maxCount() == 2, "features");

    // Creating the same user again returns the same attendee, with the same join token.
    var alice = chime.createAttendee(r -> r.meetingId(id).externalUserId("alice")).attendee();
    var again = chime.createAttendee(r -> r.meetingId(id).externalUserId("alice")).attendee();
    expect(again.equals(alice), "another attendee");

    // Bob is named twice and becomes one attendee.
    var batch =
        chime.batchCreateAttendee(
            r ->
                r.meetingId(id)
                    .attendees(a -> a.externalUserId("bob"), a -> a.externalUserId("bob")));
    expect(batch.attendees().size() == 1 && batch.errors().isEmpty(), "not one attendee");
    var bob = batch.attendees().get(0).attendeeId();

    var listed =
        chime.listAttendeesPaginator(r -> r.meetingId(id).maxResults(1)).stream()
            .flatMap(page -> page.attendees().stream())
            .map(Attendee::attendeeId)
            .collect(Collectors.toSet());
    expect(listed.equals(Set.of(alice.attendeeId(), bob)), "listed");

    var receiveAudio =
        AttendeeCapabilities.builder()
            .audio(MediaCapabilities.RECEIVE)
            .video(MediaCapabilities.NONE)
            .content(MediaCapabilities.NONE)
            .build();
    var updated =
        chime
            .updateAttendeeCapabilities(
                r -> r.meetingId(id).attendeeId(bob).capabilities(receiveAudio))
            .attendee();
    expect(updated.capabilities().equals(receiveAudio), "capabilities");

    refused(
        BadRequestException.class,
        () -> chime.createAttendee(r -> r.meetingId(id).externalUserId("aws:alice")));
    refused(
        LimitExceededException.class,
        () -> chime.createAttendee(r -> r.meetingId(id).externalUserId("carol")));
    refused(
        UnprocessableEntityException.class,
        () ->
            chime.createAttendee(
                r -> r.meetingId(id).externalUserId("alice").capabilities(receiveAudio)));

    chime.startMeetingTranscription(
        r ->
            r.meetingId(id)
                .transcriptionConfiguration(
                    c ->
                        c.engineTranscribeSettings(
                            s -> s.languageCode(TranscribeLanguageCode.EN_US))));
    chime.stopMeetingTranscription(r -> r.meetingId(id));

    chime.deleteAttendee(r -> r.meetingId(id).attendeeId(bob));
    chime.deleteMeeting(r -> r.meetingId(id));
    refused(NotFoundException.class, () -> chime.getMeeting(r -> r.meetingId(id)));
  }

  static void refused(Class<? extends ChimeSdkMeetingsException> exception, Callable<?> call)
      throws Exception {
    try {
      call.call();
    } catch (ChimeSdkMeetingsException error) {
      expect(exception.isInstance(error), error.toString());
      // `error.requestId()` is null: the exceptions of this API have a member of that name, which hides it.
      var headers = error.awsErrorDetails().sdkHttpResponse();
      expect(headers.firstMatchingHeader("x-amzn-RequestId").isPresent(), "no request id");
      return;
    }
    throw new AssertionError("no " + exception.getSimpleName());
  }

  static void expect(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
