"""A gateway that responds to some requests itself, in place of the API."""

import contextlib
import http.server
import json
import threading


@contextlib.contextmanager
def gateway(forward, responses):
    """The URL of a gateway, and a list of the paths of its requests, each with the status of its response.

    Takes one of the responses for each request: a status; 0, which closes the connection; or None, which hands the
    request on to `forward`, a function of method and path that returns a status and a document. When no response is
    left, it hands on every request.
    """
    left, requests = iter(responses), []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_DELETE(self):
            status, document = next(left, None), {"message": "by the gateway"}
            if status is None:
                status, document = forward(self.command, self.path)
            requests.append((self.path, status))
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.end_headers()
            if status != 204:
                self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()
