"""Publishers' models with news of our own invention."""

from __future__ import annotations

import json
from typing import Any

UUIDS = tuple(f"asset:{n}a3b5c7d-0000-4000-8000-000000000000" for n in range(9))


def fragment(text: str, *attributes: str) -> dict[str, Any]:
    return {"type": "fragment", "model": {"text": text, "attributes": list(attributes)}}


def branch(kind: str, *blocks: dict[str, Any], **model: Any) -> dict[str, Any]:
    return {"type": kind, "model": {"blocks": list(blocks)} | model}


def paragraph(*blocks: dict[str, Any]) -> dict[str, Any]:
    return branch("paragraph", *blocks, text="".join(block["model"]["text"] for block in blocks))


def line(kind: str, text: str) -> dict[str, Any]:
    return branch(kind, branch("text", paragraph(fragment(text))))


def bbc_post(number: int, *content: dict[str, Any], header: list[dict[str, Any]] | None = None, **rest: Any) -> Any:
    return {
        "typeCode": None,
        "header": {"model": {"blocks": header or [line("headline", f"Report {number}")]}},
        "content": {
            "model": {"blocks": list(content or [fragment("\n  "), paragraph(fragment("Rain in Ribe."))])}
        },
        "link": None,
        "urn": UUIDS[number],
        "type": "POST",
        "options": {"isBreakingNews": False},
        "dates": {
            "firstPublished": f"2026-03-01T12:0{9 - number}:00+00:00",
            "lastPublished": f"2026-03-01T12:0{9 - number}:00+00:00",
            "time": None,
            "curated": f"2026-03-01T12:0{9 - number}:02.652Z",
        },
        "titles": [{"title": None, "source": "primary"}],
        "descriptions": [{"text": None, "source": "summary"}],
        "images": [{"url": None, "originalUrl": None, "altText": None}],
    } | rest  # fmt: skip


def bbc_stream(*posts: Any, index: int = 1, total: int = 1) -> dict[str, Any]:
    return {"results": list(posts), "page": {"index": index, "total": total}}


def bbc_next(stream: Any, **rest: Any) -> dict[str, Any]:
    """`__NEXT_DATA__` of the pages that the BBC's own public code renders."""
    page = {
        "title": "Storm in Ribe",
        "description": "What is known",
        "isLive": True,
        "seo": {"datePublished": "2026-03-01T08:00:00.000Z"},
        "liveTextStream": {"id": "8E1A", "content": {"data": stream}},
    }
    return {"props": {"pageProps": {"pageData": page | rest}}}


def bbc_initial(stream: Any, **header: Any) -> dict[str, Any]:
    """`window.__INITIAL_DATA__`: what each container asked for, by the query that it asked with."""
    query = "stream?assetId=c1&globalContainerPolling=true&liveTextStreamId=8E1A&pageNumber=1&pageSize=20"
    head = {"title": "Storm in Ribe", "isLive": True} | header
    return {"data": {"live-header?assetId=c1": {"data": head}, query: {"name": "stream", "data": stream}}}


def aje_post(name: str, **rest: Any) -> dict[str, Any]:
    return {
        "id": name,
        "link": "/news/liveblog/2026/3/1/storm-live",
        "postType": "liveblog-update",
        "content": "<p>Rain in Ribe.</p>",
        "author": [{"name": "Ana Roth"}],
        "date": "2026-03-01T12:00:00",
        "modified_gmt": "2026-03-01T12:00:00",
        "title": f"Report {name}",
        "shouldDisplayTitle": True,
        "__typename": "Post",
    } | rest


def aje_shell(*children: int, **rest: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "title": "Storm live",
        "date": "2026-03-01T00:00:00",
        "modified_gmt": "2026-03-01T04:00:00",
        "link": "/news/liveblog/2026/3/1/storm-live",
        "isLive": True,
        "postType": "liveblog",
        "children": list(children),
    } | rest


def script(code: str, opening: str = "<script>") -> bytes:
    return (
        f"<!doctype html><html><head><title>Storm – live</title><script>var a=1</script></head>"
        f"<body><p>Storm</p>{opening}{code}</script></body></html>"
    ).encode()


def as_json(value: Any) -> str:
    return json.dumps(value).replace("</", "<\\/")


def pushed(rows: str) -> bytes:
    """What Next.js's app router writes, its rows cut where it pleases."""
    half = len(rows) // 2
    pieces = [f"self.__next_f.push([1,{as_json(piece)}])" for piece in (rows[:half], rows[half:])]
    return script("</script><script>".join(["(self.__next_f=self.__next_f||[]).push([0])", *pieces]))


WAYS = {
    "__NEXT_DATA__": lambda value: script(as_json(value), '<script id="__NEXT_DATA__" type="application/json">'),
    "assigned": lambda value: script(f"window.__DATA__ = {as_json(value)};"),
    "among code": lambda value: script(f"var q=[1]; if(q.a=='x'){{}} window.__DATA__={as_json(value)}; start({{a:1}})"),
    "escaped": lambda value: script(f"window.__INITIAL_DATA__={as_json(as_json(value))};"),
    "JSON.parse": lambda value: script(f"window.x = JSON.parse({as_json(as_json(value))});"),
    "single quotes": lambda value: script(
        "window.x = JSON.parse('{}')".format(as_json(value).replace("\\", "\\\\").replace("'", "\\'"))
    ),
    "hex escapes": lambda value: script(
        'window.x = "{}"'.format(as_json(value).replace("\\", "\\\\").replace('"', "\\x22").replace("<", "\\x3C"))
    ),
    "undefined": lambda value: script(f'window.__DATA__ = {{"a":undefined,"b":{as_json(value)}}};'),
    "pushed rows": lambda value: pushed(f'1:"$Sreact.fragment"\n5:["$","$L6",null,{as_json(value)}]\n7:null\n'),
    "inner string": lambda value: script(as_json({"cache": {"k": as_json(value)}}), '<script type="application/json">'),
}
