//! What can go wrong with one request to DynamoDB, and what the service makes of it when it keeps
//! going wrong. A new kind of failure is a line in [`KINDS`].

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not applied, and answered with this status and body.
    Refused(u16, &'static str),
    /// It is not applied, and the connection is reset.
    ResetBefore,
    /// It is applied, and the connection is reset.
    ResetAfter,
    /// It is not applied, and never answered.
    Silent,
    /// It is applied, and never answered.
    Lost,
    /// It is applied, and the answer ends half-way.
    CutShort,
    /// It is applied, and something else answers, with success.
    Garbled,
    /// It is applied, and answered when nobody waits any more.
    Slow,
    /// It is never answered, and applied when nobody waits any more.
    Late,
}

impl Fault {
    /// Whether the request takes effect all the same, and at once.
    pub fn is_applied(self) -> bool {
        !matches!(self, Self::Refused(..) | Self::ResetBefore | Self::Silent | Self::Late)
    }

    /// Whether an attempt ends only by its time limit.
    pub fn is_waited_for(self) -> bool {
        matches!(self, Self::Silent | Self::Lost | Self::Slow | Self::Late)
    }
}

/// The error of a service that meets a failure until its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Throttled,
    Unavailable,
    /// Told at once, because no time mends it.
    Failure,
}

/// A failure, its name, and the error for one that keeps failing.
pub type Kind = (&'static str, Fault, Kept);

const fn refused(name: &'static str, body: &'static str, kept: Kept) -> Kind {
    (name, Fault::Refused(400, body), kept)
}

/// What happens to transactions alone.
pub const CANCELLED: Kind = refused(
    "transaction cancelled for another",
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"}]}"#,
    Kept::Throttled,
);

/// What can undo what came after it.
pub const LATE: Kind = ("late", Fault::Late, Kept::Unavailable);

/// Every kind of failure that can happen to any request.
pub const KINDS: &[Kind] = &[
    ("500", Fault::Refused(500, r#"{"__type":"InternalServerError"}"#), Kept::Unavailable),
    ("500 of a front end", Fault::Refused(500, "<html>"), Kept::Unavailable),
    ("503", Fault::Refused(503, r#"{"__type":"ServiceUnavailable"}"#), Kept::Unavailable),
    refused(
        "throughput of a table",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#,
        Kept::Throttled,
    ),
    refused(
        "throttling",
        r#"{"__type":"com.amazon.coral.availability#ThrottlingException","message":"s3cret"}"#,
        Kept::Throttled,
    ),
    refused(
        "throughput of an account",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#RequestLimitExceeded"}"#,
        Kept::Throttled,
    ),
    refused(
        "limit",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#LimitExceededException"}"#,
        Kept::Throttled,
    ),
    ("429", Fault::Refused(429, r#"{"__type":"TooManyRequestsException"}"#), Kept::Throttled),
    refused(
        "transaction on the item",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException"}"#,
        Kept::Throttled,
    ),
    refused(
        "transaction under way",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionInProgressException"}"#,
        Kept::Throttled,
    ),
    refused(
        "write in another region",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException"}"#,
        Kept::Unavailable,
    ),
    refused(
        "no permission",
        r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: arn:aws:sts::1:role is not authorized to perform: dynamodb:UpdateItem"}"#,
        Kept::Failure,
    ),
    refused(
        "no table",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}"#,
        Kept::Failure,
    ),
    refused("no such code", r#"{"__type":"x y <script>"}"#, Kept::Failure),
    refused("400 of a front end", "<html>", Kept::Unavailable),
    ("200 of a front end", Fault::Refused(200, "<html>"), Kept::Unavailable),
    ("reset before", Fault::ResetBefore, Kept::Unavailable),
    ("reset after", Fault::ResetAfter, Kept::Unavailable),
    ("silent", Fault::Silent, Kept::Unavailable),
    ("lost", Fault::Lost, Kept::Unavailable),
    ("cut short", Fault::CutShort, Kept::Unavailable),
    ("garbled", Fault::Garbled, Kept::Unavailable),
    ("slow", Fault::Slow, Kept::Unavailable),
    LATE,
];
