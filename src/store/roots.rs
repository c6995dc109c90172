//! Whom a client believes to be DynamoDB: the certificate authorities that AWS publishes for its
//! endpoints, and no others.
//!
//! They come with the code, because reading the 144 that a system trusts is four fifths of all that
//! the function does at its start. `SSL_CERT_FILE` and `SSL_CERT_DIR`, OpenSSL's own variables, name
//! others: the system's, or that of a proxy.

use std::ffi::OsString;

use aws_smithy_http_client::tls::TrustStore;

const ROOTS: &[u8] = include_bytes!("roots.pem");

/// Name a file and folders of certificates that are trusted in place of those here.
/// <https://docs.openssl.org/3.5/man7/openssl-env/>
const OTHERS: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The roots of trust that the environment asks for; `var` is usually [`std::env::var_os`].
pub(super) fn trust_store(var: impl Fn(&str) -> Option<OsString>) -> TrustStore {
    if OTHERS.iter().any(|name| var(name).is_some()) {
        // The platform's, which these variables choose.
        TrustStore::default()
    } else {
        TrustStore::empty().with_pem_certificate(ROOTS)
    }
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
    fn the_roots_are_the_five_of_aws_and_sign_themselves() {
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
    fn a_system_that_trusts_anybody_trusts_them() {
        // Debian and its descendants; Fedora and its, such as Amazon Linux.
        let bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
        for bundle in bundles.iter().filter_map(|file| std::fs::read(file).ok()) {
            let trusted: HashSet<_> = certificates(&bundle).into_iter().collect();
            assert!(certificates(ROOTS).iter().all(|root| trusted.contains(root)));
        }
    }

    #[test]
    fn the_variables_of_openssl_replace_them() {
        let store = |set: &str| trust_store(|name| (name == set).then(|| "/any".into()));
        let debug = |store: TrustStore| format!("{store:?}");
        for name in OTHERS {
            assert_eq!(debug(store(name)), debug(TrustStore::default()));
        }
        assert_ne!(debug(store("")), debug(TrustStore::default()));
    }
}
