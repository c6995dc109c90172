// Calls the API from Kotlin with the AWS SDK for Java 2: `mvn compile exec:java -Dexec.args=ENDPOINT`.
// Credentials and region come from the environment. With SIGNING_NAME=execute-api it signs for a deployed API.

import java.net.URI
import java.util.UUID
import software.amazon.awssdk.core.util.VersionInfo
import software.amazon.awssdk.http.auth.aws.scheme.AwsV4AuthScheme
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner
import software.amazon.awssdk.http.auth.spi.scheme.AuthSchemeOption
import software.amazon.awssdk.services.chimesdkmeetings.ChimeSdkMeetingsClient
import software.amazon.awssdk.services.chimesdkmeetings.ChimeSdkMeetingsClientBuilder
import software.amazon.awssdk.services.chimesdkmeetings.model.AttendeeCapabilities
import software.amazon.awssdk.services.chimesdkmeetings.model.BadRequestException
import software.amazon.awssdk.services.chimesdkmeetings.model.ChimeSdkMeetingsException
import software.amazon.awssdk.services.chimesdkmeetings.model.LimitExceededException
import software.amazon.awssdk.services.chimesdkmeetings.model.MediaCapabilities
import software.amazon.awssdk.services.chimesdkmeetings.model.NotFoundException
import software.amazon.awssdk.services.chimesdkmeetings.model.TranscribeLanguageCode
import software.amazon.awssdk.services.chimesdkmeetings.model.UnprocessableEntityException
import software.amazon.awssdk.services.chimesdkmeetings.model.VideoResolution

/** API Gateway verifies signatures for `execute-api`, not for `chime`. */
fun ChimeSdkMeetingsClientBuilder.signFor(signingName: String) {
    authSchemeProvider { request ->
        listOf(
            AuthSchemeOption.builder()
                .schemeId(AwsV4AuthScheme.SCHEME_ID)
                .putSignerProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, signingName)
                .putSignerProperty(AwsV4HttpSigner.REGION_NAME, request.region().id())
                .build()
        )
    }
}

fun main(arguments: Array<String>) {
    val builder = ChimeSdkMeetingsClient.builder().endpointOverride(URI.create(arguments.first()))
    System.getenv("SIGNING_NAME")?.let { builder.signFor(it) }
    builder.build().use(::run)
    println("Kotlin ${KotlinVersion.CURRENT} with software.amazon.awssdk ${VersionInfo.SDK_VERSION} ok")
}

fun run(chime: ChimeSdkMeetingsClient) {
    // A meeting for two attendees.
    val meeting = chime.createMeeting {
        it.clientRequestToken(UUID.randomUUID().toString())
        it.externalMeetingId("standup").mediaRegion("eu-central-1")
        it.meetingFeatures { features ->
            features.video { video -> video.maxResolution(VideoResolution.HD) }
            features.attendee { attendee -> attendee.maxCount(2) }
        }
    }.meeting()
    val id = meeting.meetingId()
    check(meeting.meetingFeatures().attendee().maxCount() == 2)

    // Creating the same user again returns the same attendee, with the same join token.
    val alice = chime.createAttendee { it.meetingId(id).externalUserId("alice") }.attendee()
    val again = chime.createAttendee { it.meetingId(id).externalUserId("alice") }.attendee()
    check(again == alice)

    // Bob is named twice and becomes one attendee.
    val batch = chime.batchCreateAttendee {
        it.meetingId(id).attendees({ a -> a.externalUserId("bob") }, { a -> a.externalUserId("bob") })
    }
    check(batch.errors().isEmpty())
    val bob = batch.attendees().single().attendeeId()

    val pages = chime.listAttendeesPaginator { it.meetingId(id).maxResults(1) }
    val listed = pages.flatMap { it.attendees() }.map { it.attendeeId() }
    check(listed.sorted() == listOf(alice.attendeeId(), bob).sorted())

    val receiveAudio = AttendeeCapabilities.builder()
        .audio(MediaCapabilities.RECEIVE).video(MediaCapabilities.NONE).content(MediaCapabilities.NONE)
        .build()
    val updated = chime.updateAttendeeCapabilities {
        it.meetingId(id).attendeeId(bob).capabilities(receiveAudio)
    }.attendee()
    check(updated.capabilities() == receiveAudio)

    refused<BadRequestException> { chime.createAttendee { it.meetingId(id).externalUserId("aws:alice") } }
    refused<LimitExceededException> { chime.createAttendee { it.meetingId(id).externalUserId("carol") } }
    refused<UnprocessableEntityException> {
        chime.createAttendee { it.meetingId(id).externalUserId("alice").capabilities(receiveAudio) }
    }

    chime.startMeetingTranscription {
        it.meetingId(id).transcriptionConfiguration { configuration ->
            configuration.engineTranscribeSettings { engine -> engine.languageCode(TranscribeLanguageCode.EN_US) }
        }
    }
    chime.stopMeetingTranscription { it.meetingId(id) }

    chime.deleteAttendee { it.meetingId(id).attendeeId(bob) }
    chime.deleteMeeting { it.meetingId(id) }
    refused<NotFoundException> { chime.getMeeting { it.meetingId(id) } }
}

inline fun <reified T : ChimeSdkMeetingsException> refused(call: () -> Unit) {
    try {
        call()
    } catch (error: ChimeSdkMeetingsException) {
        check(error is T) { error }
        // `error.requestId()` is null: the exceptions of this API have a member of that name, which hides it.
        val headers = error.awsErrorDetails().sdkHttpResponse()
        check(headers.firstMatchingHeader("x-amzn-RequestId").isPresent)
        return
    }
    error("no ${T::class.simpleName}")
}
