//! What is written is read as what it was.

use proptest::collection::vec;
use proptest::prelude::*;
use real::http::{BodyReader, DateCache, Framing, Method, RequestHead, ResponseHead, write};

use crate::LIMITS;
use crate::bodies;

type Named = Vec<(String, Vec<u8>)>;

/// Fields that mean nothing to the connection.
fn fields() -> impl Strategy<Value = Named> {
    let value = "([!-~\u{80}-\u{ff}]([ -~\t]{0,30}[!-~])?)?".prop_map(String::into_bytes);
    vec(("x-[a-zA-Z0-9!#$%&'*+.^_`|~-]{0,20}", value), 0..8)
}

fn named<'b>(fields: impl Iterator<Item = (&'b [u8], &'b [u8])>) -> Named {
    let owned = |(name, value): (&[u8], &[u8])| {
        (
            String::from_utf8(name.to_vec()).expect("ASCII"),
            value.to_vec(),
        )
    };
    fields.map(owned).collect()
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![
        Just(Framing::None),
        (0..=LIMITS.body_bytes).prop_map(Framing::Length),
        Just(Framing::Chunked),
    ]
}

proptest! {
    #[test]
    fn requests(method in "[A-Z]{1,20}", path in "/[!\"$-~]{0,40}", fields in fields(), framing in framing()) {
        prop_assume!(method != "CONNECT");
        let mut bytes = Vec::new();
        write::request_line(&mut bytes, method.as_bytes(), path.as_bytes());
        write::field(&mut bytes, "host", "a.example");
        fields.iter().for_each(|(name, value)| write::field(&mut bytes, name, value));
        write::framing(&mut bytes, framing);
        write::end_of_head(&mut bytes);

        let mut head = RequestHead::default();
        prop_assert_eq!(head.parse(&bytes, &LIMITS), Ok(true));
        prop_assert_eq!(head.len(), bytes.len());
        prop_assert_eq!(head.method().name(&bytes), method.as_bytes());
        prop_assert_eq!(head.path(&bytes), path.as_bytes());
        prop_assert_eq!(head.framing(), framing);
        let others = head.fields(&bytes).filter(|(name, _)| name.starts_with(b"x-"));
        prop_assert_eq!(named(others), fields);
    }

    #[test]
    fn responses(status in 200_u16..=999, fields in fields(), framing in framing(), second in 0_u64..1 << 40) {
        prop_assume!(status != 204 && status != 304);
        let mut bytes = Vec::new();
        write::status_line(&mut bytes, status);
        write::date(&mut bytes, &DateCache::new(std::time::Duration::from_secs(second)));
        fields.iter().for_each(|(name, value)| write::field(&mut bytes, name, value));
        write::framing(&mut bytes, framing);
        write::end_of_head(&mut bytes);

        let mut head = ResponseHead::default();
        prop_assert_eq!(head.parse(&bytes, &LIMITS, Method::Get), Ok(true));
        prop_assert_eq!((head.len(), head.status()), (bytes.len(), status));
        let ends = if framing == Framing::None { Framing::Close } else { framing };
        prop_assert_eq!(head.framing(), ends);
        prop_assert!(head.get(&bytes, "date").is_some_and(|date| date.ends_with(b" GMT")));
        let others = head.fields(&bytes).filter(|(name, _)| name.starts_with(b"x-"));
        prop_assert_eq!(named(others), fields);
    }

    #[test]
    fn chunks(
        data in vec(vec(any::<u8>(), 0..300), 0..8),
        trailers in fields(),
        steps in vec(1_usize..200, 1..20),
    ) {
        let mut bytes = Vec::new();
        data.iter().for_each(|data| write::chunk(&mut bytes, data));
        write::last_chunk(&mut bytes, trailers.iter().map(|(name, value)| (name.as_bytes(), value.as_slice())));
        let len = bytes.len();
        bytes.extend_from_slice(b"GET / HTTP/1.1\r\n");

        let mut steps = steps.into_iter().cycle();
        let body = bodies::read(Framing::Chunked, 1 << 20, &bytes, || steps.next().expect("endless"));
        let body = body.expect("what is written is accepted").expect("it ends");
        prop_assert_eq!(body.len, len);
        prop_assert_eq!(body.data, data.concat());
        let texts = body.trailers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
        prop_assert_eq!(named(texts), trailers);
    }

    #[test]
    fn lengths(data in vec(any::<u8>(), 0..300), rest in vec(any::<u8>(), 0..9)) {
        let framing = Framing::Length(data.len() as u64);
        let body = bodies::read(framing, 1 << 20, &[data.clone(), rest].concat(), || 7);
        prop_assert_eq!(body.expect("no limit is met").expect("it ends").data, data);
    }
}

/// What comes behind a body is another message's.
#[test]
fn a_body_that_is_done_takes_nothing() {
    let mut body = BodyReader::new(Framing::Chunked, 10);
    let piece = body.read(b"0\r\n\r\n0\r\n").expect("no fault");
    assert_eq!((piece.consumed, piece.done), (5, true));
    assert_eq!(body.read(b"0\r\n").expect("no fault").consumed, 0);
}
