//! Faults of a request to DynamoDB, and the service's error if a fault is permanent. A new kind of fault
//! needs a line in [`KINDS`].

/// A fault of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is not applied; the response has this status and body.
    Refused(u16, &'static str),
    /// The request is not applied; the connection is reset.
    ResetBefore,
    /// The request is applied; the connection is reset.
    ResetAfter,
    /// The request is not applied, and gets no response.
    Silent,
    /// The request is applied, and gets no response.
    Lost,
    /// The request is applied; the response is incomplete.
    CutShort,
    /// The request is applied; the response is a success without valid content.
    Garbled,
    /// The request is applied, and gets a response after the attempt's timeout.
    Slow,
    /// The request gets no response, and is applied after the attempt's timeout.
    Late,
    /// The request is not applied. No connection that is open now ever gets a response.
    SilentConnections,
    /// The request is not applied; a server that is not DynamoDB responds with a success.
    Foreign,
}

impl Fault {
    /// Whether the request is applied at once.
    pub fn is_applied(self) -> bool {
        !matches!(
            self,
            Self::Refused(..)
                | Self::ResetBefore
                | Self::Silent
                | Self::Late
                | Self::SilentConnections
                | Self::Foreign
        )
    }

    /// Whether the attempt ends only at its timeout.
    pub fn causes_timeout(self) -> bool {
        matches!(
            self,
            Self::Silent | Self::Lost | Self::Slow | Self::Late | Self::SilentConnections
        )
    }
}

/// The service's error for a permanent fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Throttled,
    Unavailable,
    /// Gets a response at once, because a retry can't help.
    Failure,
}

/// A name, a fault, and the error if the fault is permanent.
pub type Kind = (&'static str, Fault, Expected);

const fn refused(name: &'static str, body: &'static str, expected: Expected) -> Kind {
    (name, Fault::Refused(400, body), expected)
}

/// A fault of transactions only.
pub const CANCELLED: Kind = refused(
    "transaction cancelled for another",
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"}]}"#,
    Expected::Throttled,
);

/// A fault of BatchWriteItem only: it responds with a success and writes nothing.
pub const UNPROCESSED: Kind = (
    "unprocessed items",
    Fault::Refused(
        200,
        r#"{"UnprocessedItems":{"attendees":[{"DeleteRequest":{"Key":{"MeetingId":{"S":"m"},"ExternalUserId":{"S":"alice"}}}}]}}"#,
    ),
    Expected::Throttled,
);

/// A fault that may undo later changes.
pub const LATE: Kind = ("late", Fault::Late, Expected::Unavailable);

/// Every kind of fault of any request.
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
    ("empty 200", Fault::Refused(200, ""), Expected::Unavailable),
    ("200 of another server", Fault::Foreign, Expected::Unavailable),
    ("reset before", Fault::ResetBefore, Expected::Unavailable),
    ("reset after", Fault::ResetAfter, Expected::Unavailable),
    ("silent", Fault::Silent, Expected::Unavailable),
    ("all connections silent", Fault::SilentConnections, Expected::Unavailable),
    ("lost", Fault::Lost, Expected::Unavailable),
    ("cut short", Fault::CutShort, Expected::Unavailable),
    ("garbled", Fault::Garbled, Expected::Unavailable),
    ("slow", Fault::Slow, Expected::Unavailable),
    LATE,
];
