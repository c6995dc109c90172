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
pub enum Expected {
    Throttled,
    Unavailable,
    /// Told at once, because no time mends it.
    Failure,
}

/// A failure, its name, and the error for one that keeps failing.
pub type Kind = (&'static str, Fault, Expected);

const fn refused(name: &'static str, body: &'static str, kept: Expected) -> Kind {
    (name, Fault::Refused(400, body), kept)
}

/// What happens to transactions alone.
pub const CANCELLED: Kind = refused(
    "transaction cancelled for another",
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"}]}"#,
    Expected::Throttled,
);

/// What can undo what came after it.
pub const LATE: Kind = ("late", Fault::Late, Expected::Unavailable);

/// Every kind of failure that can happen to any request.
pub const KINDS: &[Kind] = &[
    ("500", Fault::Refused(500, r#"{"__type":"InternalServerError"}"#), Expected::Unavailable),
    ("500 of a front end", Fault::Refused(500, "<html>"), Expected::Unavailable),
    ("503", Fault::Refused(503, r#"{"__type":"ServiceUnavailable"}"#), Expected::Unavailable),
    refused(
        "throughput of a table",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#,
        Expected::Throttled,
    ),
    refused(
        "throttling",
        r#"{"__type":"com.amazon.coral.availability#ThrottlingException","message":"s3cret"}"#,
        Expected::Throttled,
    ),
    refused(
        "throughput of an account",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#RequestLimitExceeded"}"#,
        Expected::Throttled,
    ),
    refused(
        "limit",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#LimitExceededException"}"#,
        Expected::Throttled,
    ),
    ("429", Fault::Refused(429, r#"{"__type":"TooManyRequestsException"}"#), Expected::Throttled),
    refused(
        "transaction on the item",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException"}"#,
        Expected::Throttled,
    ),
    refused(
        "transaction under way",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionInProgressException"}"#,
        Expected::Throttled,
    ),
    refused(
        "write in another region",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException"}"#,
        Expected::Unavailable,
    ),
    refused(
        "no permission",
        r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: arn:aws:sts::1:role is not authorized to perform: dynamodb:UpdateItem"}"#,
        Expected::Failure,
    ),
    refused(
        "no table",
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}"#,
        Expected::Failure,
    ),
    refused("no such code", r#"{"__type":"x y <script>"}"#, Expected::Failure),
    refused("400 of a front end", "<html>", Expected::Unavailable),
    ("200 of a front end", Fault::Refused(200, "<html>"), Expected::Unavailable),
    ("reset before", Fault::ResetBefore, Expected::Unavailable),
    ("reset after", Fault::ResetAfter, Expected::Unavailable),
    ("silent", Fault::Silent, Expected::Unavailable),
    ("lost", Fault::Lost, Expected::Unavailable),
    ("cut short", Fault::CutShort, Expected::Unavailable),
    ("garbled", Fault::Garbled, Expected::Unavailable),
    ("slow", Fault::Slow, Expected::Unavailable),
    LATE,
];
