//! `cargo local` as a program: its output, its log, its end.

mod data;
mod delivery;
mod page;

use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, UNIX_EPOCH};

use aws_sdk_chimesdkmeetings::types::Attendee;
use aws_sdk_dynamodb::types::AttributeValue;
use rollcall::Log;
use rollcall::log::{Format, Level, RequestLine};
use rollcall_testing::console::Console;
use rollcall_testing::emulator;
use rollcall_testing::memory_log::MemoryLog;

use crate::app::{TestApp, chime_client};

/// How long a test waits for something that takes a moment, before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A `cargo local` that runs until it is dropped.
struct Local {
    child: Child,
    api: String,
    dynamodb: String,
    /// The printed commands, and the line after them.
    hint: String,
}

/// The program with these arguments, on free ports.
fn command(arguments: &[&str]) -> Command {
    program(&[&["--port", "0", "--dynamodb-port", "0"], arguments].concat())
}

fn program(arguments: &[&str]) -> Command {
    // Cargo puts examples into a folder next to that of the tests.
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("examples").join("local");
    assert!(program.exists(), "`cargo test` builds the examples, `cargo test --test api` does not");
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Local {
    fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut command(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = |kind: &str| {
            let line = lines.next().expect("it starts").unwrap();
            line.strip_prefix(kind).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let (api, dynamodb) = (address("api "), address("dynamodb "));
        let mut hint = String::new();
        for line in lines.map(|line| line.unwrap()) {
            hint.push_str(&line);
            hint.push('\n');
            if line.starts_with("# Ready") {
                break;
            }
        }
        Self { child, api, dynamodb, hint }
    }

    /// Stops it as a service manager does, and returns what it logged.
    #[cfg(unix)]
    fn terminate(&mut self) -> String {
        let log = self.child.stderr.take().unwrap();
        let log = std::thread::spawn(move || std::io::read_to_string(log).unwrap());
        signal(&self.child, "-TERM");
        self.end();
        log.join().unwrap()
    }

    /// Waits for its end, which must be a success.
    fn end(&mut self) {
        let begin = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(self.child.wait().unwrap().success());
    }

    async fn create_meeting(&self) -> String {
        let request = chime_client(&self.api).create_meeting().client_request_token("token");
        let response =
            request.external_meeting_id("standup").media_region("us-east-1").send().await;
        response.unwrap().meeting.unwrap().meeting_id.unwrap()
    }

    async fn create_attendee(&self, meeting_id: &str) -> Attendee {
        let request = chime_client(&self.api).create_attendee().meeting_id(meeting_id);
        request.external_user_id("alice").send().await.unwrap().attendee.unwrap()
    }
}

/// What the program says on its standard error if it does not start.
fn error_of(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[cfg(unix)]
fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_prints_its_addresses_and_commands_and_serves_both() {
    let local = Local::start(&[]);
    assert!(local.hint.contains("create-meeting") && local.hint.contains(&local.api));
    for export in ["AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "NO_PROXY=127.0.0.1"] {
        assert!(local.hint.contains(export), "{}", local.hint);
    }
    assert!(local.hint.ends_with("\n# Ready. Press Ctrl-C to stop.\n"), "{}", local.hint);
    let meeting_id = local.create_meeting().await;
    let alice = local.create_attendee(&meeting_id).await;
    let dynamodb = emulator::client(&local.dynamodb);
    let items = dynamodb.scan().table_name("rollcall-attendees").send().await.unwrap();
    assert_eq!(items.items()[0]["AttendeeId"].as_s().unwrap(), alice.attendee_id().unwrap());
}

/// Replaces the digits of the time and of the milliseconds by `0`.
fn without_times(line: &str) -> String {
    let (time, rest) = line.split_at(9);
    let (rest, ms) = rest.rsplit_once("  ").unwrap();
    let zero = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
    let ms = zero(ms.trim_start_matches(|c: char| c.is_ascii_digit()));
    format!("{}{rest}  0{ms}", zero(time))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_one_readable_line_without_its_contents() {
    let mut local = Local::start(&[]);
    let meeting_id = local.create_meeting().await;
    local.create_attendee(&meeting_id).await;
    local.create_attendee(&meeting_id).await;
    let request = chime_client(&local.api).create_attendee().meeting_id(&meeting_id);
    request.external_user_id("x").send().await.unwrap_err();
    let log = BufReader::new(local.child.stderr.take().unwrap()).lines();
    assert_eq!(
        log.take(4).map(|line| without_times(&line.unwrap())).collect::<Vec<_>>(),
        [
            "00:00:00Z  CreateMeeting               200 Success  0.0 ms",
            "00:00:00Z  CreateAttendee              200 Success  0.0 ms",
            "00:00:00Z  CreateAttendee              200 Success: replay  0.0 ms",
            "00:00:00Z  CreateAttendee              400 BadRequestException: 1 validation error detected: \
             Value at 'externalUserId' failed to satisfy constraint: Member must have length greater than \
             or equal to 2  0.0 ms",
        ]
    );
}

/// The line that `cargo local` shows on a terminal for a CreateAttendee.
fn coloured(request: RequestLine<'_>) -> String {
    let shown = MemoryLog::default();
    let log = Log::new(Format::Json, Level::Info, Console::new(shown.clone(), true));
    let request = RequestLine { operation: "CreateAttendee", duration_ms: 12.345, ..request };
    log.request(UNIX_EPOCH + Duration::from_millis(3_661_500), &request);
    shown.text()
}

#[test]
fn the_colour_of_a_status_shows_who_made_the_error() {
    let ok = RequestLine { status: 200, outcome: "Success", ..RequestLine::default() };
    assert_eq!(
        coloured(ok),
        "\x1b[2m01:01:01Z\x1b[0m  \x1b[1mCreateAttendee            \x1b[0m  \
         \x1b[32m200 Success\x1b[0m  \x1b[2m12.3 ms\x1b[0m\n"
    );
    for (status, outcome, cause, shown) in [
        (
            200,
            "Success",
            Some("attendees are left"),
            "\x1b[33m200 Success\x1b[0m: attendees are left  ",
        ),
        (404, "NotFoundException", None, "\x1b[33m404 NotFoundException\x1b[0m  "),
        (
            503,
            "ServiceUnavailableException",
            Some("no connection to DynamoDB"),
            "\x1b[31m503 ServiceUnavailableException\x1b[0m: no connection to DynamoDB  ",
        ),
    ] {
        let line = coloured(RequestLine { status, outcome, cause, ..RequestLine::default() });
        assert!(line.contains(shown), "{line}");
    }
}

#[test]
fn a_port_in_use_is_named_in_the_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, flag) in [
        (["--port", &port, "--dynamodb-port", "0"], "--port"),
        (["--port", "0", "--dynamodb-port", &port], "--dynamodb-port"),
    ] {
        assert_eq!(
            error_of(program(&arguments)),
            format!("error: port {port} is in use; choose another one with {flag}\n")
        );
    }
}

#[test]
fn an_address_of_another_machine_is_an_error() {
    // RFC 5737 reserves this address for documentation.
    assert_eq!(
        error_of(command(&["--dynamodb-host", "192.0.2.1"])),
        "error: 192.0.2.1 is not an address of this machine; see --dynamodb-host\n"
    );
}

/// Makes requests, each of which is one line of the log.
async fn get_nothing(local: &Local, times: usize) {
    let client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
    for _ in 0..times {
        let response = client.get(format!("{}/nothing", local.api)).send().await.unwrap();
        assert_eq!(response.status(), 404);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn every_request_gets_a_response_while_nobody_reads_the_log_and_one_line_counts_what_is_missing()
 {
    const REQUESTS: usize = 4_000;
    let mut local = Local::start(&[]);
    get_nothing(&local, REQUESTS).await;
    let log = local.terminate();
    let (gaps, lines): (Vec<_>, Vec<_>) = log.lines().partition(|line| line.starts_with('…'));
    assert!(lines.iter().all(|line| line.contains("404 UnknownOperationException")), "{log}");
    let missing = REQUESTS - lines.len();
    assert_eq!(gaps, [format!("… {missing} lines are missing, because nobody read them in time")]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_although_nobody_reads_the_log() {
    let mut local = Local::start(&[]);
    // More than the pipe holds.
    get_nothing(&local, 1_500).await;
    signal(&local.child, "-TERM");
    local.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_items_are_removed() {
    let local = Local::start(&[]);
    let meeting_id = local.create_meeting().await;
    local.create_attendee(&meeting_id).await;
    let dynamodb = emulator::client(&local.dynamodb);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let items = |table| {
        let dynamodb = dynamodb.clone();
        async move { dynamodb.scan().table_name(table).send().await.unwrap().count() }
    };
    for table in ["rollcall-meetings", "rollcall-attendees"] {
        let put = dynamodb.put_item().table_name(table).item("MeetingId", text("expired"));
        let put = put.item("ExternalUserId", text("x")).item("AttendeeId", text("x"));
        put.item("ExpiresAt", AttributeValue::N("1".to_owned())).send().await.unwrap();
        let is_removed = async {
            while items(table).await > 1 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, is_removed).await.expect("it is removed");
        assert_eq!(items(table).await, 1);
    }
}

#[tokio::test]
async fn a_client_that_falls_silent_loses_its_connection() {
    let app = TestApp::new().await;
    let connect = || TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
    for (sent, response) in [
        ("", ""),
        ("POST /meetings HTTP/1.1\r\nHost", ""),
        (
            "POST /meetings HTTP/1.1\r\nContent-Length: 2\r\n\r\n{",
            "The request body did not arrive in time",
        ),
    ] {
        let mut stream = connect();
        stream.write_all(sent.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        let mut stream = tokio::net::TcpStream::from_std(stream).unwrap();
        // From now on, time jumps to the next timer.
        tokio::time::pause();
        let mut received = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut received).await.unwrap();
        assert!(
            received.contains(response) && received.is_empty() == response.is_empty(),
            "{received}"
        );
        tokio::time::resume();
    }
}

/// The URL by which clients of a meeting of this program connect, if it names one.
async fn signaling_url(mut command: Command) -> Option<String> {
    let local = Local::spawn(&mut command);
    let request = chime_client(&local.api).get_meeting().meeting_id(local.create_meeting().await);
    let meeting = request.send().await.unwrap().meeting.unwrap();
    meeting.media_placement?.signaling_url
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flag_replaces_the_variable_and_the_variable_the_default_media_placement() {
    let with = |flag: Option<&str>, variable: Option<&str>| {
        let mut command = command(&[]);
        command.args(flag.map(|json| format!("--media-placement={json}")));
        command.env_remove("MEDIA_PLACEMENT").envs(variable.map(|json| ("MEDIA_PLACEMENT", json)));
        signaling_url(command)
    };
    let default = with(None, None).await.unwrap();
    assert!(default.starts_with("wss://signal.us-east-1.rollcall.invalid/"), "{default}");
    let [flag, variable] =
        ["flag", "variable"].map(|host| format!(r#"{{"SignalingUrl": "wss://{host}.invalid"}}"#));
    assert_eq!(with(None, Some(&variable)).await.as_deref(), Some("wss://variable.invalid"));
    assert_eq!(with(Some(&flag), Some(&variable)).await.as_deref(), Some("wss://flag.invalid"));
    assert_eq!(with(None, Some("")).await, None);
    assert_eq!(with(Some(""), Some(&variable)).await, None);
}

#[cfg(unix)]
#[test]
fn it_warns_of_a_media_placement_without_a_signaling_url() {
    let placement = r#"--media-placement={"AudioHostUrl": "audio.example.com:3478"}"#;
    for (arguments, is_expected) in [(&[placement][..], true), (&[], false)] {
        let log = Local::start(arguments).terminate();
        let warning = "warning: MEDIA_PLACEMENT has no SignalingUrl";
        assert_eq!(log.contains(warning), is_expected, "{log}");
    }
}

#[test]
fn help_names_every_flag() {
    let output = program(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for flag in
        ["--port", "--dynamodb-port", "--dynamodb-host", "--data", "--events", "--media-placement"]
    {
        assert!(help.contains(flag), "{help}");
    }
}

/// The response to a raw HTTP request, after which the client sends nothing more.
fn response_to(local: &Local, request: &str) -> String {
    let mut stream = TcpStream::connect(local.api.trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_can_not_be_read_and_one_that_is_too_large_are_different_bad_requests() {
    let local = Local::start(&[]);
    let post = "POST /meetings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let chunked = format!("{post}Transfer-Encoding: chunked\r\n\r\n");
    let too_large = format!("{}\r\n", "x".repeat(10 * 1024 * 1024 + 1));
    for (request, message) in [
        (format!("{chunked}not-a-size\r\n{{}}\r\n"), "The request body could not be read"),
        (format!("{chunked}ff\r\n{{"), "The request body could not be read"),
        (format!("{post}Content-Length: 100\r\n\r\n{{"), "The request body could not be read"),
        (format!("{chunked}a00001\r\n{too_large}0\r\n\r\n"), "The request body is too large"),
    ] {
        let response = response_to(&local, &request);
        assert!(response.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{message}: {response}");
        assert!(response.contains("x-amzn-errortype: BadRequestException\r\n"), "{response}");
        assert!(response.contains(&format!("\"Message\":\"{message}\"")), "{response}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_it_cleanly() {
    for name in ["-INT", "-TERM"] {
        let mut local = Local::start(&[]);
        // Neither an idle connection nor an incomplete request delays the shutdown.
        local.create_meeting().await;
        let address = local.api.trim_start_matches("http://");
        let mut half = TcpStream::connect(address).unwrap();
        half.write_all(b"POST /meetings HTTP/1.1\r\nHo").unwrap();
        signal(&local.child, name);
        assert!(local.child.wait().unwrap().success(), "{name}");
        let mut log = String::new();
        local.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(!log.contains("panic") && !log.contains("error"), "{log}");
    }
}
