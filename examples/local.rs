//! `cargo local` serves the API over HTTP on this machine, with an embedded DynamoDB. It needs no AWS
//! account, Docker or JVM.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use rollcall::log::{Format, Level};
use rollcall::settings::{ATTENDEES_TABLE, MEDIA_PLACEMENT, MEETINGS_TABLE};
use rollcall::{Clock, Log, Service, Settings, Store, panics};
use rollcall_testing::console::Console;
use rollcall_testing::{emulator, gateway};
use tokio::net::TcpListener;

/// The URLs of media servers that don't exist (RFC 2606). A client SDK starts a session with them, and
/// then fails to connect.
const DEFAULT_MEDIA_PLACEMENT: &str = r#"{
    "AudioFallbackUrl": "wss://audio.{MediaRegion}.rollcall.invalid/calls/{MeetingId}",
    "AudioHostUrl": "audio.{MediaRegion}.rollcall.invalid:3478",
    "EventIngestionUrl": "https://events.{MediaRegion}.rollcall.invalid/v1/client-events",
    "ScreenDataUrl": "wss://screen.{MediaRegion}.rollcall.invalid/v2/screen/{MeetingId}",
    "ScreenSharingUrl": "wss://screen.{MediaRegion}.rollcall.invalid/v2/screen/{MeetingId}",
    "ScreenViewingUrl": "wss://screen.{MediaRegion}.rollcall.invalid/ws/connect/{MeetingId}",
    "SignalingUrl": "wss://signal.{MediaRegion}.rollcall.invalid/control/{MeetingId}",
    "TurnControlUrl": "https://turn.{MediaRegion}.rollcall.invalid/v2/turn_sessions"
}"#;

/// Serve the Amazon Chime SDK Meetings API on this machine, with an embedded DynamoDB.
///
/// MEETING_LIFETIME_SECONDS, MAX_ATTENDEES, MEDIA_PLACEMENT and BASE_PATH in the environment have the same
/// effect as for the Lambda function. Ctrl-C stops the server.
#[derive(Parser)]
#[command(name = "cargo local", bin_name = "cargo local")]
struct Arguments {
    /// Port of the API on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 4000)]
    port: u16,
    /// Port of the embedded DynamoDB, for `sam local`, the AWS CLI and table browsers; 0 picks a free
    /// one
    #[arg(long, default_value_t = 8000)]
    dynamodb_port: u16,
    /// Address of the embedded DynamoDB; on Linux, containers reach it at the address of Docker's
    /// bridge, 172.17.0.1
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    dynamodb_host: IpAddr,
    /// Keep meetings and attendees in this file; without it they are lost when the server stops
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// URLs of the media servers that meetings return, in place of MEDIA_PLACEMENT; empty for none.
    /// The default is a set of servers that don't exist
    #[arg(long, value_name = "JSON")]
    media_placement: Option<OsString>,
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a command-line program reports errors there")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let settings = Settings::from_env(|name| match name {
        MEETINGS_TABLE => Some("rollcall-meetings".into()),
        ATTENDEES_TABLE => Some("rollcall-attendees".into()),
        MEDIA_PLACEMENT => {
            let given =
                arguments.media_placement.clone().or_else(|| std::env::var_os(MEDIA_PLACEMENT));
            given.or_else(|| Some(DEFAULT_MEDIA_PLACEMENT.into()))
        }
        other => std::env::var_os(other),
    })
    .map_err(|error| error.to_string())?;
    if let Some(warning) = settings.warning() {
        let _ = writeln!(std::io::stderr(), "warning: {warning}");
    }

    if arguments.port == arguments.dynamodb_port && arguments.port != 0 {
        return Err("--port and --dynamodb-port must not be the same".to_owned());
    }
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (api, api_url) = listen(here, arguments.port, "--port").await?;
    let (dynamodb, dynamodb_url) =
        listen(arguments.dynamodb_host, arguments.dynamodb_port, "--dynamodb-port").await?;

    let unusable = |error| match &arguments.data {
        Some(file) => format!("{} can't be used as --data: {error}", file.display()),
        None => format!("the embedded DynamoDB does not start: {error}"),
    };
    let database = emulator::open(arguments.data.as_deref()).map_err(unusable)?;
    emulator::serve(dynamodb, database);
    let client = emulator::client(&dynamodb_url);
    emulator::create_tables(&client, &settings).await.map_err(unusable)?;

    panics::install_hook();
    let log = Log::new(Format::Json, Level::Info, Console::new(std::io::stderr(), has_colour()));
    let store = Store::new(client, &settings);
    let service = Service::new(store, Clock::system(), settings, log);

    let welcome = format!("api {api_url}\ndynamodb {dynamodb_url}\n{}", first_calls(&api_url));
    // `cargo local | head -2` closes the pipe; the server keeps running.
    let _ = std::io::stdout().write_all(welcome.as_bytes());
    let served = gateway::serve(api, Arc::new(service), gateway::TIMEOUT, stop_signal()).await;
    served.map_err(|error| error.to_string())
}

async fn listen(host: IpAddr, port: u16, flag: &str) -> Result<(TcpListener, String), String> {
    let address = SocketAddr::new(host, port);
    let bound = TcpListener::bind(address).await;
    let listener = bound.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {port} is in use; choose another one with {flag}")
        }
        std::io::ErrorKind::AddrNotAvailable => {
            format!("{host} is not an address of this machine; see --dynamodb-host")
        }
        _ => format!("{address} can't be used ({error}); choose another port with {flag}"),
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok((listener, format!("http://{address}")))
}

/// Whether requests are shown in colour: on a terminal, unless the user refuses it (<https://no-color.org>).
fn has_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && std::io::stderr().is_terminal()
}

/// Commands to paste into a shell that has the AWS CLI.
fn first_calls(api_url: &str) -> String {
    format!(
        "
# In another terminal, with any credentials:
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1
export AWS_ENDPOINT_URL_CHIME_SDK_MEETINGS={api_url}
MEETING_ID=$(aws chime-sdk-meetings create-meeting \\
  --external-meeting-id standup --media-region eu-central-1 \\
  --query Meeting.MeetingId --output text)
aws chime-sdk-meetings create-attendee \\
  --meeting-id \"$MEETING_ID\" --external-user-id alice@example.com
aws chime-sdk-meetings batch-create-attendee --meeting-id \"$MEETING_ID\" \\
  --attendees ExternalUserId=bob@example.com ExternalUserId=carol@example.com
aws chime-sdk-meetings list-attendees --meeting-id \"$MEETING_ID\"
ATTENDEE_ID=$(aws chime-sdk-meetings list-attendees --meeting-id \"$MEETING_ID\" \\
  --query 'Attendees[0].AttendeeId' --output text)
aws chime-sdk-meetings update-attendee-capabilities --meeting-id \"$MEETING_ID\" \\
  --attendee-id \"$ATTENDEE_ID\" --capabilities Audio=Receive,Video=None,Content=None
aws chime-sdk-meetings delete-attendee --meeting-id \"$MEETING_ID\" --attendee-id \"$ATTENDEE_ID\"
aws chime-sdk-meetings start-meeting-transcription --meeting-id \"$MEETING_ID\" \\
  --transcription-configuration 'EngineTranscribeSettings={{LanguageCode=en-US}}'
aws chime-sdk-meetings stop-meeting-transcription --meeting-id \"$MEETING_ID\"
aws chime-sdk-meetings get-meeting --meeting-id \"$MEETING_ID\"
aws chime-sdk-meetings delete-meeting --meeting-id \"$MEETING_ID\"

# A meeting without video, and its attendees, in one call:
aws chime-sdk-meetings create-meeting-with-attendees \\
  --external-meeting-id all-hands --media-region eu-central-1 --tags Key=team,Value=blue \\
  --meeting-features 'Video={{MaxResolution=None}},Attendee={{MaxCount=100}}' \\
  --attendees ExternalUserId=alice@example.com ExternalUserId=bob@example.com \\
  | tee meeting.json
MEETING_ARN=$(grep -o 'arn:aws:chime[^\"]*' meeting.json)
aws chime-sdk-meetings tag-resource --resource-arn \"$MEETING_ARN\" --tags Key=floor,Value=3
aws chime-sdk-meetings list-tags-for-resource --resource-arn \"$MEETING_ARN\"
aws chime-sdk-meetings untag-resource --resource-arn \"$MEETING_ARN\" --tag-keys floor

# Ready. Press Ctrl-C to stop.
"
    )
}

/// Completes at SIGINT (Ctrl-C) or SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // If the handler can't be installed, the server stops at once.
    let _ = interrupt.await;
}
