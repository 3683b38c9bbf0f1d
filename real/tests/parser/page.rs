//! The tables as a page to read: `docs/http.md`.

use std::fmt::Write;
use std::path::Path;

use real::http::{Framing, Refused};

use crate::shapes::Verdict;
use crate::{bodies, responses, shapes};

const INTRODUCTION: &str = "# What is accepted as HTTP/1.1

Written by `cargo test -p real --test parser`, which holds the server to it. 9110, 9112 and others are RFCs. A request that
is refused is answered with the status, and the connection is closed; an upstream's response that is refused is answered
with 502. Where an RFC lets a recipient choose, the stricter reading was chosen: what two programs on the way of a request
could read in two ways is how requests are smuggled.
";

fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    section(&mut page, "Request heads", "comes to");
    for shape in shapes::all() {
        let verdict = match shape.verdict {
            Verdict::Accept => "accepted".to_owned(),
            Verdict::Refuse(why) => refused(why),
        };
        row(
            &mut page,
            shape.name,
            &verdict,
            shape.section,
            shape.example,
        );
    }
    section(&mut page, "Bodies in chunks", "comes to");
    for body in bodies::ROWS {
        let verdict = match body.verdict {
            Ok((data, 0)) => format!("{} bytes", data.len()),
            Ok((data, trailers)) => format!("{} bytes, {trailers} trailers", data.len()),
            Err(why) => refused(why),
        };
        row(&mut page, body.name, &verdict, body.section, body.bytes);
    }
    section(&mut page, "Responses to GET", "body; connection");
    for response in responses::ROWS {
        let verdict = match response.verdict {
            Ok((_, framing, true)) => format!("{}; can be used again", body_of(framing)),
            Ok((_, framing, false)) => format!("{}; closes", body_of(framing)),
            Err(why) => format!("refused: {why}"),
        };
        row(
            &mut page,
            response.name,
            &verdict,
            response.section,
            response.bytes,
        );
    }
    page
}

fn section(page: &mut String, title: &str, verdict: &str) {
    write!(
        page,
        "\n## {title}\n\n| what | {verdict} | where that is ruled | example |\n|---|---|---|---|\n"
    )
    .expect("text");
}

fn row(page: &mut String, name: &str, verdict: &str, section: &str, example: &[u8]) {
    const MOST: usize = 160;
    let shown = example[..example.len().min(MOST)]
        .escape_ascii()
        .to_string();
    let rest = if example.len() > MOST { " ..." } else { "" };
    let shown = shown.replace('|', "\\|").replace('`', "'");
    writeln!(page, "| {name} | {verdict} | {section} | `{shown}`{rest} |").expect("text");
}

fn refused(why: Refused) -> String {
    format!("{}: {}", why.status(), why.to_string().replace('|', "\\|"))
}

fn body_of(framing: Framing) -> String {
    match framing {
        Framing::None => "none".to_owned(),
        Framing::Length(bytes) => format!("{bytes} bytes"),
        Framing::Chunked => "chunks".to_owned(),
        Framing::Close => "until the connection closes".to_owned(),
    }
}

#[test]
fn the_page_says_what_the_tables_say() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/http.md");
    let page = page();
    if std::fs::read_to_string(&place).is_ok_and(|found| found == page) {
        return;
    }
    let current = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http.md");
    std::fs::write(&current, page).expect("a temporary folder");
    panic!(
        "docs/http.md is not current: copy {} there",
        current.display()
    );
}
