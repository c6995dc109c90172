//! An empty `lambda_runtime` function: what a function costs that takes an event, does not read it,
//! and answers with a constant.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|_: LambdaEvent<Box<RawValue>>| async { Ok::<_, Error>("{}") })).await
}
