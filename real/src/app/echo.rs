//! The request's body comes back, piece by piece, framed as it came.

use crate::http::{Framing, Version, write};
use crate::serve::{After, Broken, Connection, LARGE, TEXT, Transport};

/// Nothing of the body is kept longer than it takes to send it.
pub(super) async fn echo<T: Transport>(
    connection: &mut Connection<T>,
    fields: &str,
) -> Result<After, Broken> {
    connection.invite();
    let framing = connection.head.framing();
    let old = connection.head.version() == Version::Http10;
    connection.answer_head(200, TEXT, fields);
    let back = match framing {
        Framing::None => Framing::Length(0),
        Framing::Chunked if old => Framing::Close,
        same => same,
    };
    write::framing(&mut connection.output, back);
    write::end_of_head(&mut connection.output);
    // From here on the answer has begun: what goes wrong can only end the connection.
    connection.answer.status = 200;
    let chunked = back == Framing::Chunked;
    while let Some(piece) = connection.body().await? {
        let data = &connection.input.filled()[piece.data.clone()];
        match chunked {
            true => write::chunk(&mut connection.output, data),
            false => connection.output.extend_from_slice(data),
        }
        connection.consume(piece.consumed);
        if connection.output.len() > LARGE {
            connection.flush().await?;
        }
    }
    if chunked {
        write::last_chunk(&mut connection.output, []);
    }
    Ok(match back {
        Framing::Close => After::Close,
        _ => After::KeepAlive,
    })
}
