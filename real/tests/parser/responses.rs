//! What upstreams send: heads of responses, and how their bodies end.

use real::http::{Framing, Method, Refused, ResponseHead};

use crate::LIMITS;
use crate::dice::Dice;

/// What a response to GET comes to: status, framing, whether the connection can be used again.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) section: &'static str,
    pub(crate) bytes: &'static [u8],
    pub(crate) verdict: Result<(u16, Framing, bool), Refused>,
}

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "a length",
        section: "9112 6.3 (6)",
        bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        verdict: Ok((200, Framing::Length(5), true)),
    },
    Row {
        name: "chunks",
        section: "9112 6.3 (4)",
        bytes: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n",
        verdict: Ok((200, Framing::Chunked, true)),
    },
    Row {
        name: "neither",
        section: "9112 6.3 (8): until the connection closes",
        bytes: b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
        verdict: Ok((200, Framing::Close, false)),
    },
    Row {
        name: "no reason, and no space before it",
        section: "9112 4: the space is required; many leave it out",
        bytes: b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
        verdict: Ok((404, Framing::Length(0), true)),
    },
    Row {
        name: "no reason",
        section: "9112 4",
        bytes: b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
        verdict: Ok((404, Framing::Length(0), true)),
    },
    Row {
        name: "any reason",
        section: "9112 4",
        bytes: b"HTTP/1.1 799 Un\xefque\t!\r\nContent-Length: 0\r\n\r\n",
        verdict: Ok((799, Framing::Length(0), true)),
    },
    Row {
        name: "close",
        section: "9112 9.3",
        bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
        verdict: Ok((200, Framing::Length(5), false)),
    },
    Row {
        name: "HTTP/1.0",
        section: "9112 9.3",
        bytes: b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n",
        verdict: Ok((200, Framing::Length(5), false)),
    },
    Row {
        name: "HTTP/1.0 that stays",
        section: "9112 9.3",
        bytes: b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n",
        verdict: Ok((200, Framing::Length(5), true)),
    },
    Row {
        name: "no content",
        section: "9112 6.3 (1)",
        bytes: b"HTTP/1.1 204 No Content\r\n\r\n",
        verdict: Ok((204, Framing::None, true)),
    },
    Row {
        name: "no content, but a length",
        section: "9110 8.6: MUST NOT; a body may follow",
        bytes: b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        verdict: Ok((204, Framing::None, false)),
    },
    Row {
        name: "no content, but chunks",
        section: "9112 6.1: MUST NOT; a body may follow",
        bytes: b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        verdict: Ok((204, Framing::None, false)),
    },
    Row {
        name: "not modified, with the length of what wasn't",
        section: "9110 15.4.5; 9112 6.3 (1)",
        bytes: b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        verdict: Ok((304, Framing::None, true)),
    },
    Row {
        name: "an interim response",
        section: "9110 15.2",
        bytes: b"HTTP/1.1 100 Continue\r\n\r\n",
        verdict: Ok((100, Framing::None, true)),
    },
    Row {
        name: "both lengths",
        section: "9112 6.1: response splitting",
        bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        verdict: Err(Refused::LengthAndCoding),
    },
    Row {
        name: "two lengths",
        section: "9112 6.3 (5): 502",
        bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        verdict: Err(Refused::LengthRepeated),
    },
    Row {
        name: "a coding that isn't known",
        section: "9112 6.1",
        bytes: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        verdict: Err(Refused::ChunkedNotLast),
    },
    Row {
        name: "a coding in HTTP/1.0",
        section: "9112 6.1: framing is faulty",
        bytes: b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        verdict: Err(Refused::CodingInOldVersion),
    },
    Row {
        name: "a folded field",
        section: "9112 5.2: 502",
        bytes: b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        verdict: Err(Refused::ObsoleteFold),
    },
    Row {
        name: "white space before a colon",
        section: "9112 5.1",
        bytes: b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n",
        verdict: Err(Refused::SpaceBeforeColon),
    },
    Row {
        name: "an empty line first",
        section: "9112 2.2: for requests only",
        bytes: b"\r\nHTTP/1.1 200 OK\r\n\r\n",
        verdict: Err(Refused::VersionInvalid),
    },
    Row {
        name: "another version",
        section: "9112 2.3",
        bytes: b"HTTP/2 200\r\n\r\n",
        verdict: Err(Refused::VersionUnsupported),
    },
    Row {
        name: "a status of two digits",
        section: "9112 4",
        bytes: b"HTTP/1.1 20 OK\r\n\r\n",
        verdict: Err(Refused::StatusInvalid),
    },
    Row {
        name: "a status of four digits",
        section: "9112 4",
        bytes: b"HTTP/1.1 2000 OK\r\n\r\n",
        verdict: Err(Refused::StatusInvalid),
    },
    Row {
        name: "a status below 100",
        section: "9110 15",
        bytes: b"HTTP/1.1 099 OK\r\n\r\n",
        verdict: Err(Refused::StatusInvalid),
    },
    Row {
        name: "two spaces before the status",
        section: "9112 4",
        bytes: b"HTTP/1.1  200 OK\r\n\r\n",
        verdict: Err(Refused::StatusInvalid),
    },
    Row {
        name: "a control character in the reason",
        section: "9112 4",
        bytes: b"HTTP/1.1 200 O\0K\r\n\r\n",
        verdict: Err(Refused::ReasonInvalid),
    },
    Row {
        name: "a bare LF behind the reason",
        section: "9112 2.2",
        bytes: b"HTTP/1.1 200 OK\nA: b\r\n\r\n",
        verdict: Err(Refused::BareLineFeed),
    },
];

fn at_once(bytes: &[u8], method: Method) -> (Result<bool, Refused>, ResponseHead) {
    let mut head = ResponseHead::default();
    (head.parse(bytes, &LIMITS, method), head)
}

#[test]
fn every_response_comes_to_what_the_table_says() {
    for row in ROWS {
        let (found, head) = at_once(row.bytes, Method::Get);
        let found = found.map(|complete| {
            assert!(complete, "{}", row.name);
            (head.status(), head.framing(), head.persistent())
        });
        assert_eq!(found, row.verdict, "{} ({})", row.name, row.section);
    }
}

#[test]
fn a_response_byte_by_byte_comes_to_the_same_as_at_once() {
    let mut head = ResponseHead::default();
    for seed in 0..100_000 {
        let mut dice = Dice::new(seed);
        let mut bytes = ROWS[dice.below(ROWS.len())].bytes.to_vec();
        for _ in 0..dice.below(3) {
            let at = dice.below(bytes.len());
            bytes[at] = dice.one_of(b"\r\n 012:x\0");
        }
        let (expected, whole) = at_once(&bytes, Method::Get);
        head.clear();
        let mut verdicts =
            (1..=bytes.len()).map(|len| head.parse(&bytes[..len], &LIMITS, Method::Get));
        let found = verdicts
            .find(|verdict| *verdict != Ok(false))
            .unwrap_or(Ok(false));
        assert_eq!(found, expected, "seed {seed}: {}", bytes.escape_ascii());
        if found == Ok(true) {
            assert_eq!(format!("{head:?}"), format!("{whole:?}"), "seed {seed}");
        }
    }
}

#[test]
fn the_request_decides_whether_there_is_a_body() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let (_, head) = at_once(bytes, Method::Head);
    assert_eq!((head.framing(), head.persistent()), (Framing::None, true));
    assert_eq!(head.get(bytes, "content-length"), Some(&b"5"[..]));
    let (_, head) = at_once(b"HTTP/1.1 200 OK\r\n\r\n", Method::Connect);
    assert_eq!(head.framing(), Framing::None);
    let (_, head) = at_once(
        b"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n",
        Method::Connect,
    );
    assert_eq!(head.framing(), Framing::Length(5));
}

#[test]
fn interim_responses_stand_before_the_final_one() {
    let bytes = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (complete, head) = at_once(bytes, Method::Get);
    assert!(complete == Ok(true) && head.is_interim());
    let (_, head) = at_once(&bytes[head.len()..], Method::Get);
    assert!(head.status() == 200 && !head.is_interim());
}

#[test]
fn another_protocol_needs_status_connection_and_upgrade() {
    let (_, head) = at_once(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        Method::Get,
    );
    assert!(head.upgrade() && !head.is_interim());
    let (_, head) = at_once(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        Method::Get,
    );
    assert!(!head.upgrade());
    let (_, head) = at_once(
        b"HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        Method::Get,
    );
    assert!(!head.upgrade());
}

#[test]
fn fields_for_this_hop_are_not_forwarded() {
    let bytes = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: x-a, Content-Length\r\nKeep-Alive: timeout=5\r\n\
        Content-Length: 5\r\nServer: x\r\n\r\n";
    let (_, head) = at_once(bytes, Method::Get);
    let names: Vec<&[u8]> = head.end_to_end(bytes).map(|(name, _)| name).collect();
    assert_eq!(names, [&b"Content-Length"[..], b"Server"]);
}
