//! Which DynamoDB a function uses and in whose name, as Lambda tells it.
//!
//! Read here and not by `aws-config`, which prepares for every other place that programs run in
//! (profiles, containers, virtual machines, single sign-on): two fifths of all that the function did
//! at its start, and a tenth of its size.

use std::ffi::OsString;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, ProvideCredentials, Region};

use crate::settings::text;

/// The region, credentials and endpoint of the SDKs' own variables; `var` is usually
/// [`std::env::var_os`].
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
/// <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>
pub(super) fn config(var: impl Fn(&str) -> Option<OsString>) -> Builder {
    // What is no text is no region, URL or key either, and so as if it were not set.
    let text = |name| text(&var, name).unwrap_or_default();
    let is_true = |name| text(name).is_some_and(|word| word.eq_ignore_ascii_case("true"));
    let mut config = Builder::new();
    config
        .set_behavior_version(Some(BehaviorVersion::latest()))
        .set_region(text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")).map(Region::new))
        .set_endpoint_url(text("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| text("AWS_ENDPOINT_URL")))
        .set_use_fips(Some(is_true("AWS_USE_FIPS_ENDPOINT")))
        .set_use_dual_stack(Some(is_true("AWS_USE_DUALSTACK_ENDPOINT")));
    config.credentials_provider(credentials(text))
}

fn credentials(text: impl Fn(&'static str) -> Option<String>) -> Given {
    let key = text("AWS_ACCESS_KEY_ID").zip(text("AWS_SECRET_ACCESS_KEY"));
    Given(key.map(|(id, secret)| {
        Credentials::new(id, secret, text("AWS_SESSION_TOKEN"), None, "environment")
    }))
}

/// Credentials that are there, or are not: Lambda ends an instance before its credentials expire.
#[derive(Debug)]
struct Given(Option<Credentials>);

impl ProvideCredentials for Given {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let missing = || CredentialsError::not_loaded("AWS_ACCESS_KEY_ID is not set");
        future::ProvideCredentials::ready(self.0.clone().ok_or_else(missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(variables: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    fn read(variables: &[(&str, &str)]) -> aws_sdk_dynamodb::Config {
        config(|name| value(variables, name).map(OsString::from)).build()
    }

    #[test]
    fn the_region_is_lambda_s_before_the_cli_s() {
        let both = [("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_REGION", "eu-central-1")];
        assert_eq!(read(&both).region().unwrap().as_ref(), "eu-central-1");
        assert_eq!(read(&both[..1]).region().unwrap().as_ref(), "us-east-1");
        assert!(read(&[("AWS_REGION", "")]).region().is_none());
    }

    #[tokio::test]
    async fn credentials_are_those_of_the_variables_or_missing() {
        let all = [
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", "token"),
        ];
        let given = async |variables: &[(&str, &str)]| {
            let given = credentials(|name| value(variables, name).map(str::to_owned));
            given.provide_credentials().await
        };
        let found = given(&all).await.unwrap();
        assert_eq!(
            found,
            Credentials::new("id", "secret", Some("token".to_owned()), None, "environment")
        );
        assert_eq!(given(&all[..2]).await.unwrap().session_token(), None);
        for some in [&all[..1], &all[1..], &[]] {
            let missing = given(some).await.unwrap_err();
            assert!(matches!(missing, CredentialsError::CredentialsNotLoaded(_)), "{missing:?}");
        }
    }
}
