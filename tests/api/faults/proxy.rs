//! A proxy for the embedded DynamoDB, on plain TCP, because axum can't send incomplete responses.

use std::time::Duration;

use rollcall::store::ATTEMPT_TIMEOUT;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::fault::Fault;
use super::plan::FaultPlan;
use crate::app::listen;

/// Starts a proxy for the DynamoDB at `target` with the plan's faults, and returns its URL.
pub async fn start(target: String, plan: FaultPlan) -> String {
    let (listener, url) = listen().await;
    tokio::spawn(accept(listener, target, plan));
    url
}

async fn accept(listener: TcpListener, target: String, plan: FaultPlan) {
    let client = reqwest::Client::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (client, target, plan) = (client.clone(), target.clone(), plan.clone());
        tokio::spawn(async move { serve(stream, &client, &target, &plan).await });
    }
}

/// Serves a connection until either side closes it.
async fn serve(
    mut stream: TcpStream,
    client: &reqwest::Client,
    target: &str,
    plan: &FaultPlan,
) -> Option<()> {
    let mut received = Vec::new();
    let silences = plan.silences();
    loop {
        let request = Request::read(&mut stream, &mut received).await?;
        if plan.silences() > silences {
            plan.count_silent();
            return wait_for_close(&mut stream).await;
        }
        let fault = plan.next(request.header("x-amz-target"), &request.body);
        let response = match fault {
            Some(fault) if !fault.is_applied() => None,
            _ if request.header("x-amz-target").ends_with(".TransactWriteItems") => {
                plan.begin_transaction();
                // Long enough that others begin meanwhile.
                tokio::time::sleep(Duration::from_millis(5)).await;
                let response = request.forward(client, target).await;
                plan.end_transaction();
                Some(response?)
            }
            _ => Some(request.forward(client, target).await?),
        };
        match (fault, response) {
            (None, Some((status, body))) => stream.write_all(&http(status, &body, 0)).await.ok()?,
            (Some(Fault::Slow), Some((status, body))) => {
                tokio::time::sleep(ATTEMPT_TIMEOUT + Duration::from_millis(200)).await;
                stream.write_all(&http(status, &body, 0)).await.ok()?;
            }
            (Some(Fault::CutShort), Some((status, body))) => {
                stream.write_all(&http(status, &body, 10)).await.ok()?;
                return None;
            }
            (Some(Fault::Garbled), _) => stream.write_all(&http(200, "<html>", 0)).await.ok()?,
            (Some(Fault::Foreign), _) => stream.write_all(FOREIGN).await.ok()?,
            (Some(Fault::Refused(status, body)), _) => {
                stream.write_all(&http(status, body, 0)).await.ok()?;
            }
            (Some(Fault::ResetBefore | Fault::ResetAfter), _) => {
                stream.set_zero_linger().ok()?;
                return None;
            }
            (Some(Fault::Late), _) => {
                tokio::time::sleep(ATTEMPT_TIMEOUT + Duration::from_millis(200)).await;
                request.forward(client, target).await?;
            }
            (Some(Fault::SilentConnections), _) => {
                plan.silence_connections();
                return wait_for_close(&mut stream).await;
            }
            _ => return wait_for_close(&mut stream).await,
        }
    }
}

/// Waits until the client closes the connection.
async fn wait_for_close(stream: &mut TcpStream) -> Option<()> {
    while stream.read(&mut [0; 64]).await.ok()? > 0 {}
    None
}

/// A success that DynamoDB does not send.
const FOREIGN: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/// A response whose body is shorter than its `content-length` by `missing` bytes.
fn http(status: u16, body: &str, missing: usize) -> Vec<u8> {
    let length = body.len() + missing;
    format!(
        "HTTP/1.1 {status} -\r\ncontent-type: application/x-amz-json-1.0\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A request of the SDK.
struct Request {
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    /// Reads the next request. `received` has the bytes after the previous one.
    async fn read(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<Self> {
        let end = loop {
            if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(received).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8(received[..end].to_vec()).ok()?;
        let header = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_ascii_lowercase(), value.to_owned()))
        };
        let headers: Vec<_> = head.lines().skip(1).filter_map(header).collect();
        let mut request = Self { headers, body: String::new() };
        let length: usize = request.header("content-length").parse().ok()?;
        let begin = end + 4;
        while received.len() < begin + length {
            if stream.read_buf(received).await.ok()? == 0 {
                return None;
            }
        }
        request.body = String::from_utf8(received[begin..begin + length].to_vec()).ok()?;
        received.drain(..begin + length);
        Some(request)
    }

    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map_or("", |(_, value)| value)
    }

    /// Forwards it to DynamoDB and returns the response.
    async fn forward(&self, client: &reqwest::Client, target: &str) -> Option<(u16, String)> {
        let mut request = client.post(target).body(self.body.clone());
        for name in ["content-type", "x-amz-target", "x-amz-date", "authorization"] {
            request = request.header(name, self.header(name));
        }
        let response = request.send().await.ok()?;
        Some((response.status().as_u16(), response.text().await.ok()?))
    }
}
