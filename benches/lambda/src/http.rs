//! A minimal HTTP/1.1 server for the stand-ins. It has one thread per connection and does the same work
//! for each request.

use std::io::{BufRead as _, BufReader, Read, Write};

/// A complete request.
pub struct Request {
    pub method: String,
    pub path: String,
    /// The header `X-Amz-Target`; empty if absent.
    pub target: String,
    pub body: Vec<u8>,
}

/// Responds to the requests of a connection until it closes.
pub fn serve(
    stream: impl Read + Write,
    mut respond: impl FnMut(Request) -> String,
) -> std::io::Result<()> {
    let mut connection = BufReader::new(stream);
    while let Some(request) = read(&mut connection)? {
        let response = respond(request);
        connection.get_mut().write_all(response.as_bytes())?;
        connection.get_mut().flush()?;
    }
    Ok(())
}

/// A complete response; `headers` are lines, each of which ends with CRLF.
pub fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn read(connection: &mut BufReader<impl Read>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if connection.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = Request { method, path, target: String::new(), body: Vec::new() };
    let mut length = 0;
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().expect("a length is a number");
        } else if name.eq_ignore_ascii_case("x-amz-target") {
            request.target = value.trim().to_owned();
        }
    }
    request.body.resize(length, 0);
    connection.read_exact(&mut request.body)?;
    Ok(Some(request))
}
