//! Which certificates of DynamoDB's endpoint are trusted, and which response others get.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use rcgen::{CertifiedKey, KeyPair};
use rollcall::Settings;
use rollcall_testing::gateway;
use rustls::pki_types::PrivateKeyDer;
use tokio::sync::mpsc;

use crate::app::{TestApp, listen};
use crate::lambda_process::{ENDPOINT, KEYS, Lambda, TABLES, TempFile, refusal};
use crate::suite::UNKNOWN_ID;

/// A server with a self-signed certificate, which never responds.
struct Server {
    url: String,
    /// Its certificate, in PEM form.
    certificate: String,
    /// Whether clients accepted the certificate, one after the other.
    accepted: mpsc::UnboundedReceiver<bool>,
}

impl Server {
    async fn start() -> Self {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let own = rcgen::generate_simple_self_signed(names).unwrap();
        let certificate = pem(own.cert.der());
        let config = Arc::new(config(own));
        let (listener, url) = listen().await;
        let listener = listener.into_std().unwrap();
        listener.set_nonblocking(false).unwrap();
        let (sender, accepted) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let handshake = tls.complete_io(&mut stream.unwrap());
                // The test may be over.
                let _ = sender.send(handshake.is_ok());
            }
        });
        Self { url: url.replace("http://", "https://"), certificate, accepted }
    }
}

fn config(own: CertifiedKey<KeyPair>) -> rustls::ServerConfig {
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap()
}

fn pem(certificate: &[u8]) -> String {
    let base64 = base64::prelude::BASE64_STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate_is_a_service_failure_without_retries() {
    let server = Server::start().await;
    let app = TestApp::on(server.url, Settings::new("meetings", "attendees")).await;
    let begin = Instant::now();
    let error = app.create_attendee(UNKNOWN_ID, "alice").await.unwrap_err();
    assert!(error.is_service_failure_exception(), "{error:?}");
    assert!(begin.elapsed() < gateway::TIMEOUT / 2, "it is not retried: {:?}", begin.elapsed());
    let line = app.log.json().pop().unwrap();
    assert_eq!(line["cause"], "the certificate of the DynamoDB endpoint is not trusted");
}

/// Starts the function with this `SSL_CERT_FILE`. Returns whether it accepts the server's
/// certificate.
async fn accepts(server: &mut Server, file: &str) -> bool {
    let variables = [KEYS, TABLES, [(ENDPOINT, &*server.url), ("SSL_CERT_FILE", file)]].concat();
    let function = Lambda::start(Duration::from_secs(10), &variables).await;
    let accepted = server.accepted.recv().await.unwrap();
    function.stop().await;
    accepted
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_trusts_the_certificates_of_the_operator() {
    let mut server = Server::start().await;
    let file = TempFile::create(&server.certificate);
    assert!(accepts(&mut server, file.path()).await);
    assert!(!accepts(&mut server, "").await, "an empty variable counts as not set");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_refuses_to_start_with_certificates_that_it_cannot_read() {
    let text = TempFile::create("not a certificate");
    let invalid = TempFile::create(&pem(b"not a certificate"));
    for (variable, path) in [
        ("SSL_CERT_FILE", "/does/not/exist"),
        ("SSL_CERT_FILE", text.path()),
        ("SSL_CERT_FILE", invalid.path()),
        ("SSL_CERT_DIR", "/does/not/exist"),
    ] {
        let own = [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"), (variable, path)];
        assert_eq!(
            refusal(&[TABLES, own].concat()).await["message"],
            "SSL_CERT_FILE or SSL_CERT_DIR names a file or directory without readable \
             certificates in PEM form"
        );
    }
}
