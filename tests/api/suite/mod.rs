//! The API's behaviour, seen through the SDK. Each test starts with [`Api::start`] and uses nothing else,
//! so the same tests run against a deployed API:
//! `ROLLCALL_ENDPOINT=https://… cargo test --test api -- --include-ignored suite::`.
//!
//! Without `ROLLCALL_ENDPOINT` each test runs a service of its own in this process.

pub mod batch_create_attendee;
pub mod create_attendee;
pub mod create_meeting_with_attendees;
mod delete_attendee;
pub mod features;
mod list_attendees;
pub mod meetings;
pub mod races;
mod replicas;
mod tags;
mod transcription;
mod unsigned;
pub mod update_capabilities;

use std::fmt::Debug;

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use aws_sdk_chimesdkmeetings::operation::delete_attendee::DeleteAttendeeError;
use aws_sdk_chimesdkmeetings::operation::get_attendee::GetAttendeeError;
use aws_sdk_chimesdkmeetings::types::Attendee;
use aws_sdk_chimesdkmeetings::{Client, config};
use rollcall::store::Connections;

use crate::app::TestApp;
use crate::signing::SignForTheGateway;

/// The name of the token that [`Api::create_meeting`] sends.
pub const MEETING_TOKEN: &str = "the-meeting";
/// An id that no meeting and no attendee has.
pub const UNKNOWN_ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// The API as its callers use it.
#[derive(Clone, Debug)]
pub struct Api {
    pub chime: Client,
    /// A suffix of every `ClientRequestToken`, unique for each test of a shared API.
    token_suffix: String,
    /// The table of attendees, if it is accessible.
    attendees: Option<Table>,
}

#[derive(Clone, Debug)]
struct Table {
    dynamodb: aws_sdk_dynamodb::Client,
    name: String,
}

/// The URL of a deployed API, with the stage.
fn endpoint() -> Option<String> {
    std::env::var("ROLLCALL_ENDPOINT").ok().filter(|url| !url.is_empty())
}

impl Api {
    /// The deployed API at `ROLLCALL_ENDPOINT`, or a new service in this process.
    pub async fn start() -> Self {
        match endpoint() {
            Some(url) => Self::deployed(url).await,
            None => TestApp::new().await.api,
        }
    }

    /// A deployed API, which others may use at the same time. Credentials and region come from the
    /// environment or a profile. The created meetings end with their lifetime.
    async fn deployed(url: String) -> Self {
        let environment = aws_config::from_env().http_client(Connections::default()).load().await;
        let config = config::Builder::from(&environment).endpoint_url(url);
        let chime = Client::from_conf(config.interceptor(SignForTheGateway).build());
        let token_suffix = format!("-{}", uuid::Uuid::new_v4().simple());
        Self { chime, token_suffix, attendees: None }
    }

    /// An API that nobody else uses, and its table of attendees.
    pub fn local(chime: Client, dynamodb: aws_sdk_dynamodb::Client, attendees: &str) -> Self {
        let name = attendees.to_owned();
        Self { chime, token_suffix: String::new(), attendees: Some(Table { dynamodb, name }) }
    }

    /// A `ClientRequestToken`, the same for the same name within a test.
    pub fn token(&self, name: &str) -> String {
        format!("{name}{}", self.token_suffix)
    }

    /// Creates a meeting, always the same one, and returns its id.
    pub async fn create_meeting(&self) -> String {
        meetings::create(self, MEETING_TOKEN).await
    }

    /// Creates an attendee without naming capabilities.
    pub async fn create_attendee(
        &self,
        meeting_id: &str,
        user: &str,
    ) -> Result<Attendee, CreateAttendeeError> {
        let request = self.chime.create_attendee().meeting_id(meeting_id).external_user_id(user);
        let response = request.send().await.map_err(|error| error.into_service_error())?;
        Ok(response.attendee.expect("a success has an attendee"))
    }

    pub async fn get_attendee(
        &self,
        meeting_id: &str,
        id: &str,
    ) -> Result<Attendee, GetAttendeeError> {
        let request = self.chime.get_attendee().meeting_id(meeting_id).attendee_id(id);
        let response = request.send().await.map_err(|error| error.into_service_error())?;
        Ok(response.attendee.expect("a success has an attendee"))
    }

    pub async fn delete_attendee(
        &self,
        meeting_id: &str,
        id: &str,
    ) -> Result<(), DeleteAttendeeError> {
        let request = self.chime.delete_attendee().meeting_id(meeting_id).attendee_id(id);
        request.send().await.map(|_| ()).map_err(|error| error.into_service_error())
    }

    /// Asserts how many items the table of attendees has, if it is accessible.
    pub async fn assert_stored(&self, attendees: usize) {
        if self.attendees.is_some() {
            assert_eq!(self.stored_attendees().await, attendees);
        }
    }

    /// How many items the table of attendees has; 0 if it is not accessible.
    pub async fn stored_attendees(&self) -> usize {
        let Some(Table { dynamodb, name }) = &self.attendees else { return 0 };
        dynamodb.scan().table_name(name).send().await.unwrap().items().len()
    }
}

/// Asserts a NotFoundException with this message.
pub fn assert_not_found(error: &(impl ProvideErrorMetadata + Debug), message: &str) {
    assert_eq!(error.code(), Some("NotFoundException"), "{error:?}");
    assert_eq!(error.message(), Some(message));
}

/// Asserts a BadRequestException whose message contains this.
pub fn assert_bad_request(error: &(impl ProvideErrorMetadata + Debug), part: &str) {
    assert_eq!(error.code(), Some("BadRequestException"), "{error:?}");
    assert!(error.message().unwrap().contains(part), "{error:?}");
}

/// Shows in a report which API was tested: this test is ignored for the service in this process, and passes for
/// a deployed API.
#[test]
#[ignore = "ROLLCALL_ENDPOINT is needed to test a deployed API"]
fn the_suite_runs_against_a_deployed_api() {
    assert!(endpoint().is_some(), "ROLLCALL_ENDPOINT is not set");
}
