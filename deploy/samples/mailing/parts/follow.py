"""Opens and clicks. They are written down only while the person consents to that at the moment they
happen, whatever held when the letter was sent; a link leads on all the same."""

import base64
import http.server
import threading

from parts.template import Refused, Template
from parts.varsam import Unanswered

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class Handler(http.server.BaseHTTPRequestHandler):
    book = varsam = None
    lock = threading.Lock()

    def do_GET(self):
        kind, key, number = (self.path.strip("/").split("/") + ["", "", ""])[:3]
        row = self.book.followed(key) if kind in ("o", "k") and key else None
        link = self.link(row, number) if kind == "k" else ""
        if row is None or link is None:
            self.send_error(404)
            return
        if self.allowed(row["mail"]):
            with self.lock:
                what = "open" if kind == "o" else "click"
                self.book.happened(row["code"], row["recipient_no"], what, link)
        self.send_response(302 if link else 200)
        self.send_header("Cache-Control", "no-store")
        if link:
            self.send_header("Location", link)
        else:
            self.send_header("Content-Type", "image/gif")
        self.end_headers()
        if not link:
            self.wfile.write(PIXEL)

    def allowed(self, address):
        try:
            return self.varsam.may_follow(address)
        except Unanswered:
            return False

    @staticmethod
    def link(row, number):
        """Only where the template leads to: never an address out of the request."""
        try:
            return Template(row["template"]).links[int(number)] if row else None
        except (Refused, ValueError, IndexError):
            return None

    def log_message(self, format, *args):
        """A key in a log would be a trace of a person."""


def serve(port, book, varsam, say):
    Handler.book, Handler.varsam = book, varsam
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    say(url=f"http://127.0.0.1:{server.server_address[1]}")
    server.serve_forever()
