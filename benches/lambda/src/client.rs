//! A minimal HTTP/1.1 client for `cargo local`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// A client with one connection that it keeps open.
pub struct Client {
    address: String,
    connection: BufReader<TcpStream>,
}

impl Client {
    /// Connects to the server of a URL that has no path.
    pub fn connect(url: &str) -> Self {
        let address = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&address).expect("a server");
        stream.set_nodelay(true).expect("no delay");
        Self { address, connection: BufReader::new(stream) }
    }

    /// Posts a body and returns the response's body. Panics if the status is not 200. `headers` are lines,
    /// each of which ends with CRLF.
    pub fn post(&mut self, path: &str, headers: &str, body: &str) -> String {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.connection.get_mut().write_all(request.as_bytes()).expect("a server");
        let (mut line, mut length) = (String::new(), 0);
        self.connection.read_line(&mut line).expect("a status");
        let status = line.trim_end().to_owned();
        loop {
            line.clear();
            self.connection.read_line(&mut line).expect("a header");
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        self.connection.read_exact(&mut body).expect("a body");
        let body = String::from_utf8(body).expect("text");
        assert!(status.starts_with("HTTP/1.1 200"), "{status} {body}");
        body
    }
}
