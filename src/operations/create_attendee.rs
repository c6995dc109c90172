//! `POST /meetings/{MeetingId}/attendees`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateAttendee.html>
//!
//! The external user id is the idempotency token within a meeting: whoever asks again, however
//! often and from however many places at once, gets the attendee that came first.

use serde::{Deserialize, Serialize};

use super::Call;
use super::wire::{AttendeeOutput, CapabilitiesInput};
use crate::domain::{Attendee, AttendeeId, Capabilities, ExternalUserId, JoinToken, MeetingId};
use crate::error::Error;
use crate::json::{Member, Wire};
use crate::store::{Claim, Place};
use crate::violations::Violations;

/// How long after the latest end of an ordinary meeting its attendees are kept, in seconds; also
/// what the clocks of two instances may differ by.
const KEPT_LONGER: u64 = 3_600;

/// As it comes.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Input {
    /// From the path.
    #[serde(skip)]
    pub(super) meeting_id: String,
    external_user_id: Member<String>,
    capabilities: Member<CapabilitiesInput>,
}

impl Wire for Input {
    const TYPE: &'static str = "an object";
    const FIRST: &'static [u8] = b"{";
}

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    attendee: AttendeeOutput,
}

struct Valid {
    meeting_id: MeetingId,
    external_user_id: ExternalUserId,
    capabilities: Option<Capabilities>,
}

/// Creates the user's attendee, or finds the one that an equal request created.
pub(super) async fn create_attendee(call: Call<'_>, input: Input) -> Result<Output, Error> {
    let Valid { meeting_id, external_user_id, capabilities } = input.read(call.facts)?;
    let capabilities = capabilities.unwrap_or(Capabilities::ALL);

    let over_by = claim_seat(&call, meeting_id, &external_user_id).await?;

    let attendee = Attendee {
        attendee_id: AttendeeId::random(),
        external_user_id,
        join_token: JoinToken::random()
            .map_err(|_| Error::Failure("no random bytes from the operating system".into()))?,
        capabilities,
    };
    let place = call.store.take_place(meeting_id, &attendee, over_by).await?;
    let (attendee, replay) = match place {
        Place::Taken => (attendee, false),
        Place::Held(held) => (*held, true),
    };
    call.facts.attendee_id = Some(attendee.attendee_id);
    // Silence about other capabilities would grant other rights than the caller just asked for.
    if attendee.capabilities != capabilities {
        return Err(Error::OtherCapabilities);
    }
    call.facts.replay = Some(replay);
    Ok(Output { attendee: AttendeeOutput::from(&attendee) })
}

/// Claims the user's seat and tells when the meeting will be over, in seconds since 1970.
async fn claim_seat(
    call: &Call<'_>,
    meeting_id: MeetingId,
    user: &ExternalUserId,
) -> Result<u64, Error> {
    let mut over_by = call.clock.epoch_seconds() + call.settings.meeting_lifetime + KEPT_LONGER;
    // Twice at most: a meeting from before its lifetime was shortened lasts longer than is assumed,
    // and its end never moves.
    for _ in 0..2 {
        let now = call.clock.epoch_seconds();
        match call.store.claim_seat(meeting_id, user, now, over_by).await? {
            Claim::Claimed => return Ok(over_by),
            Claim::LastsUntil(end) => over_by = end,
            Claim::Full => return Err(Error::MeetingFull),
            Claim::Ended => return Err(Error::MeetingEnded),
            Claim::NoSuchMeeting => return Err(Error::NoSuchMeeting),
        }
    }
    Err(Error::Failure("a meeting whose end moves".into()))
}

impl Input {
    fn read(self, facts: &mut super::Facts) -> Result<Valid, Error> {
        let mut violations = Violations::default();
        let meeting_id = violations.check("meetingId", MeetingId::parse(&self.meeting_id));
        facts.meeting_id = meeting_id;
        let external_user_id =
            violations.required("externalUserId", self.external_user_id, ExternalUserId::parse);
        let capabilities = violations.optional_structure(
            "capabilities",
            self.capabilities,
            |violations, input| input.read(violations),
        );
        match (meeting_id, external_user_id, capabilities) {
            (Some(meeting_id), Some(external_user_id), Some(capabilities)) => {
                Ok(Valid { meeting_id, external_user_id, capabilities })
            }
            _ => Err(Error::Invalid(violations)),
        }
    }
}
