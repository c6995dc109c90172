//! Serves winterbaume's mock of the API over HTTP, on a free port that it prints as `cargo local` does.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::{Router, serve};
use tokio::net::TcpListener;
use winterbaume_chimesdkmeetings::ChimeSdkMeetingsService;
use winterbaume_core::{MockRequest, MockService as _};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let service = Arc::new(ChimeSdkMeetingsService::new());
    let respond = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let (method, uri) = (method.to_string(), uri.to_string());
        let response = service.handle(MockRequest { method, uri, headers, body }).await;
        let mut http = Response::new(Body::from(response.body));
        *http.status_mut() = response.status.try_into().expect("a status");
        *http.headers_mut() = response.headers;
        http
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("api http://{}\ndynamodb none", listener.local_addr()?);
    serve(listener, Router::new().fallback(respond)).await
}
