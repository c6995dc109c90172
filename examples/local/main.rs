//! `cargo local` serves the API over HTTP on this machine, with an embedded DynamoDB. It needs no AWS
//! account, Docker or JVM.

mod delivery;
mod page;
mod storage;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use axum::middleware;
use clap::Parser;
use delivery::{Delivery, Receiver};
use dynoxide::Database;
use page::{Page, Recent};
use rollcall::log::{Format, Level};
use rollcall::settings::{ATTENDEES_TABLE, MEDIA_PLACEMENT, MEETINGS_TABLE};
use rollcall::{Clock, Log, Service, Settings, Store, panics};
use rollcall_testing::background::Background;
use rollcall_testing::console::Console;
use rollcall_testing::data_file::{self, DataFile};
use rollcall_testing::outbox::{self, Outbox};
use rollcall_testing::{disk, emulator, gateway};
use storage::Storage;
use tokio::net::TcpListener;

/// How long the end waits for a reader of the log.
const LOG_TIMEOUT: Duration = Duration::from_secs(1);

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
    /// Keep meetings and attendees in this file; without it they are lost when the server stops. While
    /// the server runs, the data is also in FILE-wal and FILE-shm: a copy needs all three
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Send the events of meetings and attendees to this URL, as JSON; a user and a password in it are
    /// sent as Basic authentication
    #[arg(long, value_name = "URL", value_parser = Receiver::parse)]
    events: Option<Receiver>,
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
    let settings = settings(&arguments)?;
    if arguments.port == arguments.dynamodb_port && arguments.port != 0 {
        return Err("--port and --dynamodb-port must not be the same".to_owned());
    }
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (api, api_url) = listen(here, arguments.port, "--port").await?;
    let (dynamodb, dynamodb_url) =
        listen(arguments.dynamodb_host, arguments.dynamodb_port, "--dynamodb-port").await?;

    let (opened, fault) = disk::watch(open(&arguments, &settings, dynamodb)).await;
    let (database, client, outbox) = opened.map_err(|reason| {
        let reason = fault.map_or(reason.as_str(), |fault| fault.message);
        match &arguments.data {
            Some(file) => format!("{} can't be used as --data: {reason}", file.display()),
            None => format!("the embedded DynamoDB does not start: {reason}"),
        }
    })?;
    let file = arguments.data.map(DataFile::new);
    let hint = file.as_ref().map_or_else(String::new, |file| format!("{}\n", file.hint()));

    panics::install_hook();
    let mut lines = Background::new(std::io::stderr());
    if let Some(warning) = settings.warning() {
        let _ = lines.write_all(format!("warning: {warning}\n").as_bytes());
    }
    let (has_colour, recent) = (has_colour(), Recent::default());
    let log = || {
        let console = Console::new(lines.clone(), has_colour);
        Log::new(Format::Json, Level::Info, recent.record(console))
    };
    let calls = first_calls(&api_url);
    let page = Page::new(database, &settings, recent.clone(), &api_url, &calls);
    let store = Store::new(client, &settings);
    let service = Service::new(store, Clock::system(), settings, log());
    let storage = Storage { file, log: log() };
    let routes = gateway::routes(Arc::new(service), gateway::TIMEOUT)
        .layer(middleware::from_fn_with_state(Arc::new(storage), storage::guard))
        .layer(middleware::from_fn_with_state(Arc::new(page), page::show));
    let delivery = arguments.events.map(|receiver| Delivery::start(outbox, receiver, log()));

    let browser = "in a browser to see meetings, attendees and requests.";
    let welcome = format!(
        "api {api_url}\ndynamodb {dynamodb_url}\n# Open {api_url}/ {browser}\n{hint}\n{calls}"
    );
    // Before the output says that it is ready, so that whoever reads that can stop it.
    let stop = stop_signal().map_err(|error| format!("signals can't be handled: {error}"))?;
    // On a thread of its own, because the output may be a terminal that is paused. An error means that
    // nobody wants to read it: `cargo local | head -2` closes the pipe, and the server keeps running.
    std::thread::spawn(move || std::io::stdout().write_all(welcome.as_bytes()));
    gateway::serve(api, routes, stop).await;
    if let Some(delivery) = delivery {
        delivery.finish(lines.clone()).await;
    }
    lines.finish(LOG_TIMEOUT);
    Ok(())
}

fn settings(arguments: &Arguments) -> Result<Settings, String> {
    let settings = Settings::from_env(|name| match name {
        MEETINGS_TABLE => Some("rollcall-meetings".into()),
        ATTENDEES_TABLE => Some("rollcall-attendees".into()),
        MEDIA_PLACEMENT => {
            let given =
                arguments.media_placement.clone().or_else(|| std::env::var_os(MEDIA_PLACEMENT));
            given.or_else(|| Some(DEFAULT_MEDIA_PLACEMENT.into()))
        }
        other => std::env::var_os(other),
    });
    settings.map_err(|error| error.to_string())
}

/// Opens the database and serves it as a DynamoDB with the two tables. An error is what a person should
/// know about the file.
async fn open(
    arguments: &Arguments,
    settings: &Settings,
    listener: TcpListener,
) -> Result<(Database, Client, Outbox), String> {
    if let Some(file) = &arguments.data {
        data_file::check(file, &settings.meetings_table)?;
    }
    let failed = |error: emulator::Error| data_file::unusable(&error.to_string());
    let opened = emulator::open_with_connection(arguments.data.as_deref());
    let (database, connection) = opened.map_err(failed)?;
    emulator::serve(listener, database.clone());
    let client = emulator::direct_client(database.clone());
    emulator::create_tables(&client, settings).await.map_err(failed)?;
    outbox::switch(&database, settings, arguments.events.is_some()).map_err(failed)?;
    let outbox = Outbox::new(database.clone(), connection, settings).map_err(failed)?;
    emulator::sweep(database.clone());
    Ok((database, client, outbox))
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
    include_str!("first_calls.sh").replace("http://127.0.0.1:4000", api_url)
}

/// Handles SIGINT (Ctrl-C) and SIGTERM from now on. Completes at the first of them.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Handles Ctrl-C from now on. Completes at the first.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
