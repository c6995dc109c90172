"""Receives the events of `cargo local --events`: `python receiver.py [PORT]`. Port 0 picks a free one."""

import http.server
import json
import sys


class Receiver(http.server.BaseHTTPRequestHandler):
    known = set()

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if event["id"] not in self.known:
            self.known.add(event["id"])
            print(event["detail"]["eventType"], event["detail"]["meetingId"], flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Nothing: one line for each event is enough."""


server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Receiver)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
