//! `cargo local` as a program: its output, its log, its data file, its end.

mod delivery;
mod page;

use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, UNIX_EPOCH};

use aws_sdk_chimesdkmeetings::types::Attendee;
use aws_sdk_dynamodb::types::AttributeValue;
use rollcall::log::{Format, Level, RequestLine};
use rollcall::{Log, Settings};
use rollcall_testing::console::Console;
use rollcall_testing::emulator;
use rollcall_testing::memory_log::MemoryLog;
use rusqlite::Connection;

use crate::app::{TestApp, chime_client, listen};

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
        Self::spawn(&mut command(&[&free[..], arguments].concat()))
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
        assert!(!message.contains("encrypt"), "{message}");
    }
    let kept = std::fs::read_to_string(&file.0).unwrap();
    assert_eq!(kept, "a shopping list, which is no database at all");
}

/// What the program says on its standard error if it does not start on this file.
fn refused(file: &str) -> String {
    let output =
        command(&["--port", "0", "--dynamodb-port", "0", "--data", file]).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// All files of a folder, with their contents.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn the_database_of_another_program_is_refused_and_left_unchanged() {
    let file = DataFile::new();
    let folder = file.0.parent().unwrap();
    for journal in ["delete", "wal"] {
        let other = Connection::open(&file.0).unwrap();
        other.pragma_update(None, "journal_mode", journal).unwrap();
        other.execute_batch("CREATE TABLE IF NOT EXISTS orders (id)").unwrap();
        drop(other);
        let before = contents(folder);
        let reason = "it is the database of another program";
        let message = format!("error: {} can't be used as --data: {reason}\n", file.path());
        assert_eq!(refused(file.path()), message);
        assert!(contents(folder) == before, "{journal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emulated_tables_of_another_program_are_refused() {
    let file = DataFile::new();
    let database = emulator::open(Some(&file.0)).unwrap();
    let (listener, url) = listen().await;
    emulator::serve(listener, database);
    let orders = Settings::new("orders", "customers");
    emulator::create_tables(&emulator::client(&url), &orders).await.unwrap();
    assert!(refused(file.path()).ends_with("it is the database of another program\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_without_the_files_beside_it_is_not_taken_for_an_empty_database() {
    let (file, copy) = (DataFile::new(), DataFile::new());
    let mut local = Local::start(&["--data", file.path()]);
    for name in ["data,", "data-wal", "data-shm"] {
        assert!(local.hint.contains(name), "{}", local.hint);
    }
    local.create_meeting().await;
    local.child.kill().unwrap();
    local.child.wait().unwrap();
    std::fs::copy(&file.0, &copy.0).unwrap();
    let message = refused(copy.path());
    assert!(message.contains("it was copied without") && message.contains("data-wal"), "{message}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_says_that_its_data_file_was_deleted_and_acknowledges_nothing_any_more() {
    for deleted in ["data", "data-wal"] {
        let file = DataFile::new();
        let mut local = Local::start(&["--data", file.path()]);
        let meeting_id = local.create_meeting().await;
        std::fs::remove_file(file.0.with_file_name(deleted)).unwrap();
        let request = chime_client(&local.api).get_meeting().meeting_id(&meeting_id);
        let error = request.send().await.unwrap_err().into_service_error();
        assert!(error.is_service_failure_exception(), "{error:?}");
        let reason = format!("{deleted} was deleted or replaced");
        assert!(error.to_string().contains(&reason), "{error}");
        assert!(local.terminate().contains(&reason));
    }
}

/// A limit of the size of files stands for a disk without space.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_does_not_fit_on_the_disk_fails_at_once_and_later_ones_succeed_with_space() {
    let file = DataFile::new();
    let program = command(&["--port", "0", "--dynamodb-port", "0", "--data", file.path()]);
    let mut limited = Command::new("sh");
    // Without the signal, writing beyond the limit is an error.
    limited.args(["-c", "trap '' XFSZ; ulimit -S -f 1000; exec \"$@\"", "sh"]);
    limited.arg(program.get_program()).args(program.get_args());
    let mut local = Local::spawn(limited.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let meeting_id = local.create_meeting().await;
    let create = |user: usize| {
        let client = chime_client(&local.api);
        let request = client.create_attendee().meeting_id(&meeting_id);
        request.external_user_id(format!("user-{user}")).send()
    };
    let mut created = Vec::new();
    let error = loop {
        match create(created.len()).await {
            Ok(response) => created.push(response.attendee.unwrap()),
            Err(error) => break error.into_service_error(),
        }
        assert!(created.len() < 250, "the file has no limit");
    };
    assert!(error.is_service_failure_exception(), "{error:?}");
    assert!(error.to_string().contains("the disk is full"), "{error}");

    let id = local.child.id().to_string();
    let unlimited = Command::new("prlimit").args(["--fsize=unlimited:", "--pid", &id]).status();
    assert!(unlimited.unwrap().success());
    create(created.len()).await.unwrap();
    for (user, attendee) in created.into_iter().enumerate() {
        assert_eq!(create(user).await.unwrap().attendee.unwrap(), attendee);
    }
    assert!(local.terminate().contains("500 ServiceFailureException: DynamoDB answered 400 Disk"));
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
    let output = command(&["--help"]).output().unwrap();
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
