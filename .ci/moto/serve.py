"""Serves moto's DynamoDB on a free port of 127.0.0.1 and prints the URL.

Responds to one request at a time. moto's server has a thread for each connection and no lock between the condition
of a write and the write, so that concurrent writes can all pass a condition that only one of them meets.
"""

import threading

from moto.server import create_backend_app
from werkzeug.serving import make_server

dynamodb = create_backend_app("dynamodb")
one_request = threading.Lock()


def application(environ, start_response):
    with one_request:
        return dynamodb(environ, start_response)


server = make_server("127.0.0.1", 0, application, threaded=True)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
