//! `cargo local` as a program: its output, its log, its data file, its end.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_chimesdkmeetings::types::Attendee;
use rollcall::Log;
use rollcall::log::{Format, Level, RequestLine};
use rollcall_testing::console::Console;
use rollcall_testing::lines::Lines;

use crate::app::chime_client;

/// A `cargo local` that runs until it is dropped.
struct Local {
    child: Child,
    api: String,
    dynamodb: String,
    /// The printed commands, and the line after them.
    hint: String,
}

fn command(arguments: &[&str]) -> Command {
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
        let free = ["--port", "0", "--dynamodb-port", "0"];
        Self::spawn(command(&[&free[..], arguments].concat()))
    }

    fn spawn(mut command: Command) -> Self {
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

    async fn create_meeting(&self) -> String {
        let request = chime_client(&self.api).create_meeting().client_request_token("token");
        let answer = request.external_meeting_id("standup").media_region("us-east-1").send().await;
        answer.unwrap().meeting.unwrap().meeting_id.unwrap()
    }

    async fn create_attendee(&self, meeting_id: &str) -> Attendee {
        let request = chime_client(&self.api).create_attendee().meeting_id(meeting_id);
        request.external_user_id("alice").send().await.unwrap().attendee.unwrap()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file in a folder of its own, which is removed with everything that SQLite adds to it.
struct DataFile(PathBuf);

impl DataFile {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("rollcall-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder.join("data"))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for DataFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_prints_its_addresses_and_commands_and_serves_both() {
    let local = Local::start(&[]);
    assert!(local.hint.contains("create-meeting") && local.hint.contains(&local.api));
    assert!(local.hint.ends_with("\n# Ready. Press Ctrl-C to stop.\n"), "{}", local.hint);
    let meeting_id = local.create_meeting().await;
    let alice = local.create_attendee(&meeting_id).await;
    let dynamodb = rollcall_testing::emulator::client(&local.dynamodb);
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
    local.child.kill().unwrap();
    let mut log = String::new();
    local.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(
        log.lines().map(without_times).collect::<Vec<_>>(),
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
    let shown = Lines::default();
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
    let warning = Some("attendees are left");
    for (request, result) in [
        (
            RequestLine {
                status: 200,
                outcome: "Success",
                cause: warning,
                ..RequestLine::default()
            },
            "\x1b[33m200 Success\x1b[0m: attendees are left  ",
        ),
        (
            RequestLine { status: 404, outcome: "NotFoundException", ..RequestLine::default() },
            "\x1b[33m404 NotFoundException\x1b[0m  ",
        ),
        (
            RequestLine {
                status: 503,
                outcome: "ServiceUnavailableException",
                cause: Some("no connection to DynamoDB"),
                ..RequestLine::default()
            },
            "\x1b[31m503 ServiceUnavailableException\x1b[0m: no connection to DynamoDB  ",
        ),
    ] {
        let line = coloured(request);
        assert!(line.contains(result), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_data_survives_a_kill() {
    let file = DataFile::new();
    let mut before = Local::start(&["--data", file.path()]);
    let meeting_id = before.create_meeting().await;
    let alice = before.create_attendee(&meeting_id).await;
    before.child.kill().unwrap();

    let after = Local::start(&["--data", file.path()]);
    assert_eq!(after.create_meeting().await, meeting_id);
    assert_eq!(after.create_attendee(&meeting_id).await, alice);
}

#[test]
fn a_port_in_use_is_named_in_the_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, flag) in [
        (["--port", &port, "--dynamodb-port", "0"], "--port"),
        (["--port", "0", "--dynamodb-port", &port], "--dynamodb-port"),
    ] {
        let output = command(&arguments).output().unwrap();
        assert!(!output.status.success());
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            format!("error: port {port} is in use; choose another one with {flag}\n")
        );
    }
}

#[test]
fn an_address_of_another_machine_is_an_error() {
    // RFC 5737 reserves this address for documentation.
    let arguments = ["--port", "0", "--dynamodb-port", "0", "--dynamodb-host", "192.0.2.1"];
    let output = command(&arguments).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: 192.0.2.1 is not an address of this machine; see --dynamodb-host\n"
    );
}

#[test]
fn a_file_that_is_not_a_database_is_refused_and_left_unchanged() {
    let file = DataFile::new();
    std::fs::write(&file.0, "a shopping list, which is no database at all").unwrap();
    let folder = file.0.parent().unwrap().to_str().unwrap();
    for unusable in [file.path(), folder, "/does/not/exist/data"] {
        let arguments = ["--port", "0", "--dynamodb-port", "0", "--data", unusable];
        let output = command(&arguments).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(
            message.starts_with(&format!("error: {unusable} can't be used as --data: ")),
            "{message}"
        );
    }
    let kept = std::fs::read_to_string(&file.0).unwrap();
    assert_eq!(kept, "a shopping list, which is no database at all");
}

/// The URL by which clients of a meeting of this program connect, if it names one.
async fn signaling_url(command: Command) -> Option<String> {
    let local = Local::spawn(command);
    let request = chime_client(&local.api).get_meeting().meeting_id(local.create_meeting().await);
    let meeting = request.send().await.unwrap().meeting.unwrap();
    meeting.media_placement?.signaling_url
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flag_replaces_the_variable_and_the_variable_the_default_media_placement() {
    let with = |flag: Option<&str>, variable: Option<&str>| {
        let free = ["--port", "0", "--dynamodb-port", "0"];
        let mut command = command(&free);
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

#[test]
fn it_warns_of_a_media_placement_without_a_signaling_url() {
    let placement = r#"--media-placement={"AudioHostUrl": "audio.example.com:3478"}"#;
    for (arguments, is_expected) in [(&[placement][..], true), (&[], false)] {
        let mut local = Local::start(arguments);
        local.child.kill().unwrap();
        let mut log = String::new();
        local.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        let warning = "warning: MEDIA_PLACEMENT has no SignalingUrl";
        assert_eq!(log.contains(warning), is_expected, "{log}");
    }
}

#[test]
fn help_names_every_flag() {
    let output = command(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for flag in ["--port", "--dynamodb-port", "--dynamodb-host", "--data", "--media-placement"] {
        assert!(help.contains(flag), "{help}");
    }
}

/// The answer to a raw HTTP request, after which the client sends nothing more.
fn answer_to(local: &Local, request: &str) -> String {
    let mut stream = TcpStream::connect(local.api.trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
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
        let answer = answer_to(&local, &request);
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{message}: {answer}");
        assert!(answer.contains("x-amzn-errortype: BadRequestException\r\n"), "{answer}");
        assert!(answer.contains(&format!("\"Message\":\"{message}\"")), "{answer}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_it_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let mut local = Local::start(&[]);
        // Neither an idle connection nor an incomplete request delays the shutdown.
        local.create_meeting().await;
        let address = local.api.trim_start_matches("http://");
        let mut half = TcpStream::connect(address).unwrap();
        half.write_all(b"POST /meetings HTTP/1.1\r\nHo").unwrap();
        let sent = Command::new("kill").args([signal, &local.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert!(local.child.wait().unwrap().success(), "{signal}");
        let mut log = String::new();
        local.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(!log.contains("panic") && !log.contains("error"), "{log}");
    }
}
