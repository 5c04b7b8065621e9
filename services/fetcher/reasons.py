"""Why a poll failed: each reason by a name for metrics and logs, and in a sentence that says how to mend it."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    NOT_FOUND = "not_found"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    RATE_LIMITED = "rate_limited"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    UNEXPECTED_STATUS = "unexpected_status"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    UNDECODABLE = "undecodable"
    TIMEOUT = "timeout"
    UNRESOLVABLE = "unresolvable"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    BROKEN_OFF = "broken_off"
    PROTOCOL = "protocol"
    REFUSED_TARGET = "refused_target"
    REDIRECT_LOOP = "redirect_loop"
    ROBOTS = "robots"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    INTERNAL = "internal"


SENTENCES = {
    Reason.NOT_FOUND: "The page does not exist (404): check the source's address.",
    Reason.GONE: "The page was taken down for good (410): remove the source or give its new address.",
    Reason.FORBIDDEN: "The site does not let us read the page: ask it for access, or remove the source.",
    Reason.RATE_LIMITED: "The site asks for fewer requests (429): raise the source's `every`.",
    Reason.CLIENT_ERROR: "The site rejects our request: check the source's address.",
    Reason.SERVER_ERROR: "The site has an error of its own: it is polled less often until it works again.",
    Reason.UNEXPECTED_STATUS: "The site answers with neither a page nor an error: check the source's address.",
    Reason.EMPTY: "The site answers with an empty page: it is polled less often until that changes.",
    Reason.TOO_LARGE: "The page is larger than we read: name a smaller page of the live blog, or raise the limit.",
    Reason.BOMB: "The page grows out of all proportion when decompressed: do not trust this source.",
    Reason.UNDECODABLE: "The page's compression is broken or unknown: the site has to mend it.",
    Reason.TIMEOUT: "The site did not answer in time: it is polled less often until it does.",
    Reason.UNRESOLVABLE: "The host's name leads to no address: check the source's address and the name servers.",
    Reason.UNREACHABLE: "No connection to the host could be made: check the source's address and the network.",
    Reason.TLS: "The host's certificate or encryption is not valid: the site has to mend it.",
    Reason.BROKEN_OFF: "The site broke off in the middle of its answer: it is tried again.",
    Reason.PROTOCOL: "The answer is not valid HTTP: check that the source's address is a web page's.",
    Reason.REFUSED_TARGET: "The address, or where it redirects to, is not on the public Internet: name a public one.",
    Reason.REDIRECT_LOOP: "The page redirects too often or in a circle: give the address at which it ends.",
    Reason.ROBOTS: "The site's robots.txt disallows the page: ask the site, or set the source's `robots` to false to "
    "fetch it knowingly.",
    Reason.ROBOTS_UNREACHABLE: "The site's robots.txt cannot be had, which counts as a no: it is asked for again; the "
    "source's `robots` set to false does without it.",
    Reason.INTERNAL: "Livebell met an error of its own: see its log, and report it.",
}
