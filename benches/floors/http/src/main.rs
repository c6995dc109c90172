//! An empty `lambda_http` function: what a function costs that reads an HTTP event and does nothing.

use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|_: Request| async { Ok::<_, Error>("{}") })).await
}
