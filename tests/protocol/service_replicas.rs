//! The real service takes every step of the model of a primary and its replicas, with the same
//! outcomes.

use rollcall::domain::{ClientRequestToken, MeetingId};
use rollcall_protocol::callers::{Action, History};
use rollcall_protocol::replicas::{
    Item, Outcome, PLACES, Replicas, Request, Response, State, TOKENS, Then,
};
use rollcall_testing::direct::Sent;
use serde_json::{Value, json};

use crate::follow::{self, Scene};
use crate::search::{LATE_OTHER, LATE_REPLICAS, REPLICAS, REPLICAS_AND_CLOCKS, RESERVED_PLACE};
use crate::stage::{Stage, new_meeting};

/// The service's maximum of replicas.
const MAX_REPLICAS: usize = 4;

const NAMES: [&str; TOKENS] = ["token-a", "token-b"];

/// A primary, and the meetings of the tokens.
struct Meetings {
    primary: String,
    ids: [String; TOKENS],
}

/// Whether a request finds a full primary.
fn is_full(action: &Action<Replicas>) -> bool {
    match *action {
        Action::Received(_, _, outcome, _)
        | Action::Lost(_, _, outcome)
        | Action::Late(_, _, outcome) => outcome == Outcome::Full,
        _ => false,
    }
}

impl Scene<Replicas> for Meetings {
    /// If the history needs a full primary, other replicas take the places that the model does not
    /// have.
    async fn new(stage: &Stage, history: &History<Replicas>) -> Self {
        let primary = stage.create_meeting("primary", None).await;
        if history.iter().any(|step| is_full(&step.action)) {
            for index in PLACES..MAX_REPLICAS {
                let token = format!("other-{index}");
                stage.create_meeting(&token, Some(&primary)).await;
            }
        }
        let ids = NAMES.map(|token| {
            let token = ClientRequestToken::parse(token.to_owned()).ok().unwrap();
            MeetingId::for_token(&token).to_string()
        });
        if history.first().is_some_and(|step| step.next.tokens[0].listed) {
            let update = json!({
                "TableName": "meetings", "Key": {"MeetingId": {"S": primary}},
                "UpdateExpression": "ADD Replicas :replicas",
                "ExpressionAttributeValues": {":replicas": {"SS": [ids[0]]}},
            });
            let sent = Sent { operation: "UpdateItem".to_owned(), body: update.to_string() };
            stage.apply(&sent);
        }
        Self { primary, ids }
    }

    fn http(&self, token: usize, request: Request) -> (&'static str, String, Value) {
        let delete = |id| ("DELETE", format!("/meetings/{id}"), Value::Null);
        match request {
            Request::EndOwn => delete(&self.ids[token]),
            Request::EndPrimary => delete(&self.primary),
            _ => {
                let is_other = matches!(request, Request::FindOwn { then: Then::CreateOther });
                let primary = (!is_other).then_some(self.primary.as_str());
                ("POST", "/meetings".to_owned(), new_meeting(NAMES[token], primary))
            }
        }
    }

    fn is(&self, token: usize, request: Request, sent: &Sent) -> bool {
        let (own, primary) = (&self.ids[token], &self.primary);
        let (operation, part, id) = match request {
            Request::FindOwn { .. } => ("GetItem", "", own),
            Request::FindPrimary => ("GetItem", "", primary),
            Request::CreateReplica => ("TransactWriteItems", "ADD Replicas", own),
            Request::CreateOther => ("PutItem", "", own),
            Request::EndOwn => ("UpdateItem", "SET EndedAt", own),
            Request::EndReplica => ("TransactWriteItems", "DELETE Replicas", own),
            Request::EndPrimary => ("UpdateItem", "SET EndedAt", primary),
            Request::EndAll { .. } => ("TransactWriteItems", "Replicas = :replicas", primary),
        };
        sent.operation == operation && sent.body.contains(part) && sent.body.contains(id)
    }

    /// Requests about attendees.
    fn is_outside(&self, sent: &Sent) -> bool {
        sent.body.contains("\"attendees\"")
    }

    fn compare_response(
        &self,
        token: usize,
        _: Request,
        expected: Response,
        (status, body): &(u16, Value),
    ) {
        let code = body["Code"].as_str().unwrap_or_default();
        let (expected_status, expected_code) = match expected {
            Response::Meeting => (200, ""),
            Response::Done => (204, ""),
            Response::TokenUsed => (409, "ConflictException"),
            Response::Full => (400, "LimitExceededException"),
            Response::InvalidPrimary => (400, "BadRequestException"),
            Response::Failure => (500, "ServiceFailureException"),
        };
        assert_eq!((*status, code), (expected_status, expected_code), "{body}");
        if expected == Response::Meeting {
            assert_eq!(body["Meeting"]["MeetingId"], self.ids[token].as_str());
        }
    }

    fn compare_tables(&self, stage: &Stage, state: &State) {
        let primary = stage.meeting(&self.primary);
        assert_eq!(primary.get("EndedAt").is_some(), state.ended, "{primary}");
        for (token, expected) in state.tokens.iter().enumerate() {
            let id = Value::from(self.ids[token].as_str());
            let listed = primary["Replicas"]["SS"].as_array();
            let is_listed = listed.is_some_and(|listed| listed.contains(&id));
            assert_eq!(is_listed, expected.listed, "the place of token {token}: {primary}");
            let item = stage.meeting(&self.ids[token]);
            let has = |name| item.get(name).is_some();
            let found = match (has("MeetingId"), has("PrimaryMeetingId"), has("EndedAt")) {
                (false, ..) => Item::None,
                (_, true, false) => Item::Replica,
                (_, true, true) => Item::EndedReplica,
                (_, false, false) => Item::Other,
                (_, false, true) => Item::EndedOther,
            };
            assert_eq!(found, expected.item, "the item of token {token}: {item}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_model_says_in_a_shortest_history_to_each_kind_of_step() {
    let bounds = [&REPLICAS, &LATE_REPLICAS, &LATE_OTHER, &REPLICAS_AND_CLOCKS, &RESERVED_PLACE];
    follow::each_kind_of_step::<_, Meetings>(&bounds, 90).await;
}
