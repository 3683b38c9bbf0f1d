//! Files to clients: the head, and the body from memory or, piece by piece, from the file.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use super::files::{Answer, Body, Conditions, Content, Files};
use crate::http::{Method, write};
use crate::serve::{After, Broken, Connection, LARGE, TEXT, Transport, Whole, refusal};

/// What `files` answers to the request at hand.
pub(super) fn find<T: Transport>(files: &Files, connection: &Connection<T>) -> Answer {
    let (head, bytes) = (&connection.head, connection.input.filled());
    let conditions = Conditions {
        if_match: head.get(bytes, "if-match"),
        if_unmodified_since: head.get(bytes, "if-unmodified-since"),
        if_none_match: head.get(bytes, "if-none-match"),
        if_modified_since: head.get(bytes, "if-modified-since"),
        if_range: head.get(bytes, "if-range"),
        range: head.get(bytes, "range"),
    };
    files.answer(
        &head.method(),
        head.path(bytes),
        &conditions,
        connection.arrived,
    )
}

/// Sends it; `fields` are this server's own.
pub(super) async fn send<T: Transport>(
    connection: &mut Connection<T>,
    answer: Answer,
    fields: &str,
) -> Result<After, Broken> {
    match answer {
        Answer::Content(content) => return send_content(connection, content, fields).await,
        Answer::Elsewhere(address) => connection.answer(&Whole {
            status: 301,
            kind: TEXT,
            fields: &format!("{fields}location: {address}\r\n"),
            body: b"",
        }),
        Answer::Refused {
            status,
            why,
            fields: more,
        } => refusal(connection, status, why, &format!("{fields}{more}")),
    }
    Ok(After::KeepAlive)
}

async fn send_content<T: Transport>(
    connection: &mut Connection<T>,
    content: Content,
    fields: &str,
) -> Result<After, Broken> {
    connection.answer.status = content.status;
    connection.answer_head(content.status, &content.kind, fields);
    let out = &mut connection.output;
    out.extend_from_slice(content.fields.as_bytes());
    out.extend_from_slice(content.more.as_bytes());
    if let Some(length) = content.length {
        write::length(out, length);
    }
    write::end_of_head(out);
    if connection.head.method() == Method::Head {
        return Ok(After::KeepAlive);
    }
    match content.body {
        Body::Nothing => Ok(After::KeepAlive),
        Body::Memory(bytes, range) => {
            // In pieces: a client that does not read must not cost a copy of the file.
            for piece in bytes[range].chunks(LARGE) {
                if connection.output.len() >= LARGE {
                    connection.flush().await?;
                }
                connection.output.extend_from_slice(piece);
            }
            Ok(After::KeepAlive)
        }
        Body::File(file, range) => send_file(connection, &file, range).await,
    }
}

/// A file that has become shorter meanwhile cannot be sent as was promised: then the connection ends early, which is how
/// the client learns of it.
async fn send_file<T: Transport>(
    connection: &mut Connection<T>,
    file: &File,
    range: Range<u64>,
) -> Result<After, Broken> {
    let mut at = range.start;
    while at < range.end {
        let room = usize::try_from(range.end - at).map_or(LARGE, |left| left.min(LARGE));
        let written = connection.output.len();
        connection.output.resize(written + room, 0);
        let read = file.read_at(&mut connection.output[written..], at);
        let read = read.unwrap_or(0);
        connection.output.truncate(written + read);
        if read == 0 {
            return Err(Broken::Closed);
        }
        at += read as u64;
        connection.flush().await?;
    }
    Ok(After::KeepAlive)
}
