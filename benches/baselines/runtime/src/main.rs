//! The baseline of `lambda_runtime`: a function that receives an event, does not read it, and responds with a
//! constant.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|_: LambdaEvent<Box<RawValue>>| async { Ok::<_, Error>("{}") })).await
}
