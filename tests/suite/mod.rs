//! What holds wherever the API is: each test is given an [`Api`] and knows nothing else. The test
//! program `api` runs them against a service of its own, `deployed` against an address.

pub mod attendees;
pub mod batch;
pub mod capabilities;
pub mod features;
pub mod leaving;
pub mod meeting_with_attendees;
pub mod meetings;
pub mod races;
pub mod roster;
pub mod tags;
pub mod transcription;

use aws_sdk_chimesdkmeetings::Client;
use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use aws_sdk_chimesdkmeetings::types::Attendee;

/// The API as its callers have it.
#[derive(Clone, Debug)]
pub struct Api {
    pub chime: Client,
    /// Told apart from those of others by this suffix.
    tokens: String,
    /// Where the table of attendees can be looked into.
    attendees: Option<Table>,
}

#[derive(Clone, Debug)]
struct Table {
    dynamodb: aws_sdk_dynamodb::Client,
    name: String,
}

impl Api {
    /// An API that others may use as well.
    #[allow(dead_code, reason = "where the tests have a service of their own, it is not shared")]
    pub fn shared(chime: Client) -> Self {
        Self { chime, tokens: format!("-{}", uuid::Uuid::new_v4().simple()), attendees: None }
    }

    /// An API that nobody else uses, and its table.
    #[allow(dead_code, reason = "where an API is deployed, its table is not looked into")]
    pub fn own(chime: Client, dynamodb: aws_sdk_dynamodb::Client, attendees: &str) -> Self {
        let name = attendees.to_owned();
        Self { chime, tokens: String::new(), attendees: Some(Table { dynamodb, name }) }
    }

    /// A `ClientRequestToken` that is the same for the same name in one test.
    pub fn token(&self, name: &str) -> String {
        format!("{name}{}", self.tokens)
    }

    /// Creates a meeting, always the same.
    pub async fn meeting(&self) -> String {
        let request = meetings::request(self, MEETING_TOKEN);
        meetings::send(request).await.unwrap().meeting_id.unwrap()
    }

    /// Creates an attendee without naming capabilities.
    pub async fn join(
        &self,
        meeting_id: &str,
        user: &str,
    ) -> Result<Attendee, CreateAttendeeError> {
        let request = self.chime.create_attendee().meeting_id(meeting_id).external_user_id(user);
        let answer = request.send().await.map_err(|error| error.into_service_error())?;
        Ok(answer.attendee.expect("a success has an attendee"))
    }

    /// Asserts how many attendees the table holds, where it can be looked into.
    pub async fn holds(&self, attendees: usize) {
        if self.attendees.is_some() {
            assert_eq!(self.items().await, attendees);
        }
    }

    /// How many attendees the table holds, and none where it can't be looked into.
    pub async fn items(&self) -> usize {
        let Some(Table { dynamodb, name }) = &self.attendees else { return 0 };
        dynamodb.scan().table_name(name).send().await.unwrap().items().len()
    }
}

/// Names the token of [`Api::meeting`].
pub const MEETING_TOKEN: &str = "the-meeting";
