//! Reading one cookie out of a `Cookie` field.

/// The value of the cookie called `name`; of several the first, which is the one with the most specific path
/// (RFC 6265, 5.4).
pub(super) fn find<'a>(field: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    field.split(|&byte| byte == b';').find_map(|pair| {
        let at = pair.iter().position(|&byte| byte == b'=')?;
        let (found, value) = (pair[..at].trim_ascii(), pair[at + 1..].trim_ascii());
        (found == name).then(|| unquoted(value))
    })
}

/// RFC 6265 lets a value stand in double quotes.
fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_that_very_name_is_found() {
        let field = b"ab=1; a=2;a=3 ; b = \"x=y\"; =5; lonely";
        assert_eq!(find(field, b"a"), Some(&b"2"[..]));
        assert_eq!(find(field, b"ab"), Some(&b"1"[..]));
        assert_eq!(find(field, b"b"), Some(&b"x=y"[..]));
        assert_eq!(find(field, b"A"), None);
        assert_eq!(find(field, b"lonely"), None);
        assert_eq!(find(b"", b"a"), None);
        assert_eq!(find(b"a=\"", b"a"), Some(&b"\""[..]));
    }
}
