//! The request target and its four forms (RFC 9112, 3.2).

use super::{Method, Refused, Span, host};

/// Which of the four forms a request target has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A path, and perhaps a query.
    #[default]
    Origin,
    /// A whole URI, as to a forward proxy. Its host counts, not `Host`.
    Absolute {
        /// `host[:port]`.
        authority: Span,
        /// Path and query; may be empty.
        path: Span,
        /// Whether the scheme is https.
        https: bool,
    },
    /// `host:port`, with CONNECT.
    Authority,
    /// `*`, with OPTIONS: the server itself.
    Asterisk,
}

impl Form {
    /// The form of `target`, which stands at `span`, in a request with `method`.
    #[inline]
    pub(super) fn of(method: Method, target: &[u8], span: Span) -> Result<Form, Refused> {
        match (method, target) {
            (Method::Connect, _) if has_port(target) => Ok(Form::Authority),
            (Method::Connect, _) => Err(Refused::TargetForm),
            (_, [b'/', ..]) => Ok(Form::Origin),
            (Method::Options, b"*") => Ok(Form::Asterisk),
            _ => absolute(target, span).ok_or(Refused::TargetForm),
        }
    }
}

fn has_port(target: &[u8]) -> bool {
    matches!(host::split(target), Some((_, Some([_, ..]))))
}

/// `http://host[:port][/path][?query]`. A query without a path is refused: what is sent on would need a path.
fn absolute(target: &[u8], span: Span) -> Option<Form> {
    let colon = target.iter().position(|&byte| byte == b':')?;
    let https = match &target[..colon] {
        scheme if scheme.eq_ignore_ascii_case(b"http") => false,
        scheme if scheme.eq_ignore_ascii_case(b"https") => true,
        _ => return None,
    };
    let rest = target[colon..].strip_prefix(b"://")?;
    let length = rest
        .iter()
        .position(|&byte| byte == b'/')
        .unwrap_or(rest.len());
    host::split(&rest[..length])?;
    let start = span.range().start + colon + 3;
    Some(Form::Absolute {
        authority: Span::new(start, start + length),
        path: Span::new(start + length, span.range().end),
        https,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(method: Method, target: &str) -> Result<Form, Refused> {
        Form::of(method, target.as_bytes(), Span::new(0, target.len()))
    }

    #[test]
    fn the_four_forms() {
        assert_eq!(form(Method::Get, "/a?b"), Ok(Form::Origin));
        assert_eq!(form(Method::Options, "*"), Ok(Form::Asterisk));
        assert_eq!(form(Method::Connect, "[::1]:443"), Ok(Form::Authority));
        let parts = Form::Absolute {
            authority: Span::new(8, 11),
            path: Span::new(11, 13),
            https: true,
        };
        assert_eq!(form(Method::Get, "https://a:8/b"), Ok(parts));
    }

    #[test]
    fn forms_that_do_not_go_with_the_method() {
        for (method, target) in [
            (Method::Get, "*"),
            (Method::Get, "a:80"),
            (Method::Connect, "/"),
            (Method::Connect, "a:"),
        ] {
            assert_eq!(form(method, target), Err(Refused::TargetForm), "{target}");
        }
    }
}
