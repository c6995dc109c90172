//! Checks at the start whether DynamoDB can have an endpoint with the operator's settings. The SDK
//! does not tell before the first request.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use lambda_http::http::Uri;

use crate::settings::SettingsError;

/// The settings, which a profile can contain too.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>
const REGION: &str = "AWS_REGION, or region in the profile,";
const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL or endpoint_url in the profile";

/// The error is about the first setting that can't be right, whether it is in a variable or in a
/// profile.
pub(super) fn check(environment: &SdkConfig) -> Result<(), SettingsError> {
    let region = environment.region().ok_or_else(|| SettingsError::new(REGION, "is not set"))?;
    if !is_host_label(region.as_ref()) {
        return Err(SettingsError::new(REGION, "is not a Region such as eu-central-1"));
    }
    let Some(endpoint) = own_endpoint(environment) else { return Ok(()) };
    if !is_url(&endpoint) {
        return Err(SettingsError::new(ENDPOINT, "is not a URL such as http://127.0.0.1:8000"));
    }
    // Such endpoints follow from the region.
    for (variable, is_set) in [
        ("AWS_USE_FIPS_ENDPOINT", environment.use_fips()),
        ("AWS_USE_DUALSTACK_ENDPOINT", environment.use_dual_stack()),
    ] {
        if is_set == Some(true) {
            let problem = format!("can't be used together with {ENDPOINT}");
            return Err(SettingsError::new(variable, problem));
        }
    }
    Ok(())
}

/// The endpoint that replaces that of the region, found as the SDK's client of DynamoDB finds it.
fn own_endpoint(environment: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id("DynamoDB");
    let key = key.env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
    let of_dynamodb = environment.service_config().and_then(|config| config.load_config(key));
    of_dynamodb.or_else(|| environment.endpoint_url().map(str::to_owned))
}

/// Whether a host name can contain the text between two dots (RFC 1123).
fn is_host_label(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(is_allowed)
        && !(text.starts_with('-') || text.ends_with('-'))
}

/// Whether the text is a URL of HTTP with a host, and with a port that exists if it has one.
fn is_url(text: &str) -> bool {
    text.parse().is_ok_and(|url: Uri| {
        let has_scheme = matches!(url.scheme_str(), Some("http" | "https"));
        has_scheme
            && url.authority().is_some_and(|authority| {
                let host = authority.host();
                !host.is_empty()
                    && (authority.port_u16().is_some() || authority.as_str().ends_with(host))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_with_a_scheme_and_a_host() {
        for url in [
            "http://127.0.0.1:8000",
            "http://localhost",
            "HTTP://localhost",
            "https://[::1]:8000/",
            "https://dynamodb.eu-central-1.amazonaws.com",
            "https://example.com/path",
        ] {
            assert!(is_url(url), "{url}");
        }
        for text in [
            "",
            "127.0.0.1:8000",
            "localhost",
            "//localhost",
            "not a url",
            "http://",
            "http://:8000",
            "http:///path",
            "http://127.0.0.1:8000\n",
            " http://127.0.0.1:8000",
            "http://127.0.0.1:80000",
            "http://[::1",
            "ftp://127.0.0.1",
        ] {
            assert!(!is_url(text), "{text}");
        }
    }

    #[test]
    fn a_region_is_part_of_a_host_name() {
        assert!(is_host_label("eu-central-1") && is_host_label("local"));
        for text in ["", "not a region!", "eu-central-1\n", "-eu", "eu-", "eu.central", "é"] {
            assert!(!is_host_label(text), "{text}");
        }
        assert!(is_host_label(&"a".repeat(63)) && !is_host_label(&"a".repeat(64)));
    }
}
