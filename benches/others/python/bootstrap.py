"""A minimal Lambda runtime: gets an event, calls the handler, sends the response. Lambda's own does more."""

import http.client
import json
import os

from handler import handler

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
INVOCATION = "/2018-06-01/runtime/invocation"

while True:
    api.request("GET", f"{INVOCATION}/next")
    invocation = api.getresponse()
    request_id = invocation.getheader("lambda-runtime-aws-request-id")
    response = handler(json.loads(invocation.read()))
    api.request("POST", f"{INVOCATION}/{request_id}/response", json.dumps(response))
    api.getresponse().read()
