//! The root certificates that the client trusts: those of the certificate authorities that AWS
//! publishes for its endpoints, and no others.
//!
//! They are compiled in, because parsing the 144 certificates that a system trusts takes four
//! fifths of the work of the function's start. OpenSSL's variables `SSL_CERT_FILE` and
//! `SSL_CERT_DIR` replace them, for example with the system's certificates or with that of a proxy.

use std::ffi::OsString;
use std::path::Path;

use aws_smithy_http_client::tls::TrustStore;
use rustls::RootCertStore;
use rustls_native_certs::load_certs_from_paths;

use crate::settings::SettingsError;

const ROOTS: &[u8] = include_bytes!("roots.pem");

/// The environment variables for a file and for directories of certificates to trust instead.
/// <https://docs.openssl.org/3.5/man7/openssl-env/>
const OPENSSL_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The certificates to trust. `var` reads an environment variable, usually with
/// [`std::env::var_os`].
pub(super) fn trust_store(var: impl Fn(&str) -> Option<OsString>) -> TrustStore {
    if OPENSSL_VARIABLES.iter().any(|name| value(&var, name).is_some()) {
        // The system's certificates; these variables select them.
        TrustStore::default()
    } else {
        TrustStore::empty().with_pem_certificate(ROOTS)
    }
}

/// Checks that the certificates that replace the roots can be read, if there are any. The client
/// reads them when it first connects, and silently ignores what it can't read.
pub(super) fn check(var: impl Fn(&str) -> Option<OsString>) -> Result<(), SettingsError> {
    let [file, directories] = OPENSSL_VARIABLES.map(|name| value(&var, name));
    let file = file.map(|file| load_certs_from_paths(Some(Path::new(&file)), None));
    let directories = directories.iter().flat_map(std::env::split_paths);
    let directories = directories.filter(|path| !path.as_os_str().is_empty());
    let directories = directories.map(|path| load_certs_from_paths(None, Some(&path)));
    let found: Vec<_> = file.into_iter().chain(directories).collect();
    let certificates = found.iter().flat_map(|found| found.certs.clone());
    let (trusted, _) = RootCertStore::empty().add_parsable_certificates(certificates);
    let all_are_readable = found.iter().all(|found| found.errors.is_empty());
    if found.is_empty() || trusted > 0 && all_are_readable {
        return Ok(());
    }
    Err(SettingsError::new(
        "SSL_CERT_FILE or SSL_CERT_DIR",
        "names a file or directory without readable certificates in PEM form",
    ))
}

/// The value of a variable. An empty one counts as not set.
fn value(var: impl Fn(&str) -> Option<OsString>, name: &str) -> Option<OsString> {
    var(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use x509_parser::pem::Pem;

    use super::*;

    fn certificates(file: &[u8]) -> Vec<Vec<u8>> {
        Pem::iter_from_buffer(file).map(|pem| pem.unwrap().contents).collect()
    }

    #[test]
    fn the_roots_are_the_five_of_aws_and_are_self_signed() {
        let mut names = Vec::new();
        for der in certificates(ROOTS) {
            let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
            assert!(certificate.is_ca());
            assert!(certificate.validity().is_valid(), "{} has expired", certificate.subject());
            certificate.verify_signature(None).unwrap();
            let name = certificate.subject().iter_common_name().next().unwrap();
            names.push(name.as_str().unwrap().to_owned());
        }
        assert_eq!(
            names,
            [
                "Amazon Root CA 1",
                "Amazon Root CA 2",
                "Amazon Root CA 3",
                "Amazon Root CA 4",
                "Starfield Services Root Certificate Authority - G2",
            ]
        );
    }

    #[test]
    fn the_system_trusts_the_roots_too() {
        // The paths on Debian and Ubuntu, and on Fedora and Amazon Linux.
        let bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
        for bundle in bundles.iter().filter_map(|file| std::fs::read(file).ok()) {
            let trusted: HashSet<_> = certificates(&bundle).into_iter().collect();
            assert!(certificates(ROOTS).iter().all(|root| trusted.contains(root)));
        }
    }

    #[test]
    fn the_openssl_variables_replace_the_roots() {
        let store = |set: &str| trust_store(|name| (name == set).then(|| "/any".into()));
        let debug = |store: TrustStore| format!("{store:?}");
        for name in OPENSSL_VARIABLES {
            assert_eq!(debug(store(name)), debug(TrustStore::default()));
        }
        assert_ne!(debug(store("")), debug(TrustStore::default()));
    }
}
