//! The table's own examples.

use real::http::{Refused, RequestHead};

use crate::LIMITS;
use crate::shapes::{self, Verdict};

#[test]
fn every_example_comes_to_what_the_table_says() {
    for shape in shapes::all() {
        let expected = match shape.verdict {
            Verdict::Accept => Ok(true),
            Verdict::Refuse(why) => Err(why),
        };
        let found = RequestHead::default().parse(shape.example, &LIMITS);
        assert_eq!(
            found,
            expected,
            "{} ({}): {}",
            shape.name,
            shape.section,
            shape.example.escape_ascii()
        );
    }
}

#[test]
fn no_two_shapes_have_one_name() {
    let mut names: Vec<&str> = shapes::all().map(|shape| shape.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

/// Every reason to refuse a request head stands in the table.
#[test]
fn no_reason_is_without_an_example() {
    const ELSEWHERE: [&str; 5] = ["chunk_", "trailer", "status", "reason", "proxy"];
    let about_heads = |why: &&Refused| !ELSEWHERE.iter().any(|other| why.kind().starts_with(other));
    for why in Refused::ALL.iter().filter(about_heads) {
        let mut shapes = shapes::all();
        assert!(
            shapes.any(|shape| shape.verdict == Verdict::Refuse(*why)),
            "{why:?}"
        );
    }
}

#[test]
fn reasons_are_sentences_with_a_status_and_a_label() {
    for why in Refused::ALL {
        let sentence = why.to_string();
        assert!(
            sentence.len() > 20 && !sentence.ends_with('.') && !sentence.contains("  "),
            "{sentence}"
        );
        assert!(
            matches!(why.status(), 400 | 413 | 414 | 431 | 501 | 505),
            "{why:?}"
        );
        let is_label = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        assert!(why.kind().bytes().all(is_label), "{why:?}");
    }
}
