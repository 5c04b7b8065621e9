"""What lies outside Livebell in the Compose test: a live blog and a webhook receiver. Needs only Python.

GET /storm        the live blog, a page with JSON-LD
POST /posts       {"id", "title", "text"}: the blog posts an entry
POST /hook        takes a webhook
POST /push        takes a browser push
POST /v1/traces   takes OpenTelemetry's spans
GET /traces       the requests of spans taken so far, in base64
POST /broken      fails, whatever comes
GET /received     the webhooks taken so far: [{"headers", "body"}]
GET /rung         of each of them [webhook-id, the entry's id]
"""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORT = 9000
TITLE = "Storm latest: ferries stop as the wind rises"

posts: list[dict[str, str]] = []
received: list[dict[str, Any]] = []
spans: list[str] = []
lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        with lock:
            if self.path == "/storm":
                self._answer(200, "text/html; charset=utf-8", page(f"http://{self.headers['Host']}/storm"))
            elif self.path == "/received":
                self._answer(200, "application/json", json.dumps(received))
            elif self.path == "/traces":
                self._answer(200, "application/json", json.dumps(spans))
            elif self.path == "/rung":
                self._answer(200, "application/json", json.dumps([rung(one) for one in received]))
            else:
                self._answer(404, "text/plain", "")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        body = raw.decode() if self.path in {"/hook", "/posts"} else ""
        with lock:
            if self.path == "/hook":
                received.append({"headers": {k.lower(): v for k, v in self.headers.items()}, "body": body})
            elif self.path == "/v1/traces":
                spans.append(base64.b64encode(raw).decode())
            elif self.path == "/posts":
                posts.append({**json.loads(body), "at": datetime.now(UTC).isoformat()})
        self._answer({"/broken": 500, "/push": 201, "/v1/traces": 200}.get(self.path, 204), "text/plain", "")

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def rung(taken: dict[str, Any]) -> tuple[str, str]:
    return taken["headers"]["webhook-id"], json.loads(taken["body"])["data"]["entry"]["id"]


def page(url: str) -> str:
    updates = [
        {
            "@type": "BlogPosting",
            "@id": f"{url}#{post['id']}",
            "url": f"{url}#{post['id']}",
            "headline": post["title"],
            "articleBody": post["text"],
            "datePublished": post["at"],
        }
        for post in reversed(posts)
    ]
    blog = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "@id": url,
        "headline": TITLE,
        "liveBlogUpdate": updates,
    }
    shown = "".join(f'<article id="{p["id"]}"><h2>{p["title"]}</h2><p>{p["text"]}</p></article>' for p in posts)
    script = f'<script type="application/ld+json">{json.dumps(blog)}</script>'
    return f"<!doctype html><html lang=en><title>{TITLE}</title>{script}<main>{shown}</main></html>"


if __name__ == "__main__":
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
