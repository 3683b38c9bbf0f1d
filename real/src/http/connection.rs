//! The `Connection` field: what the sender wants of this hop (RFC 9110, 7.6.1; RFC 9112, 9.3).

use super::field::trim;
use super::token::is_token;
use super::{Field, Refused, Span, Version};

/// The options of a message.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    close: bool,
    keep_alive: bool,
    upgrade: bool,
    /// Names of fields that are for this hop only; those that always are need no naming.
    nominated: Vec<Span>,
}

impl Options {
    pub(super) fn clear(&mut self) {
        self.close = false;
        self.keep_alive = false;
        self.upgrade = false;
        self.nominated.clear();
    }

    /// Reads a `Connection` field. `most` options may name fields: matching them with the fields is work.
    #[inline]
    pub(super) fn note(&mut self, bytes: &[u8], value: Span, most: usize) -> Result<(), Refused> {
        let whole = value.of(bytes);
        match whole {
            // What nearly everybody sends.
            b"keep-alive" => self.keep_alive = true,
            b"close" => self.close = true,
            _ => return self.note_list(whole, value.range().start, most),
        }
        Ok(())
    }

    fn note_list(&mut self, list: &[u8], start: usize, most: usize) -> Result<(), Refused> {
        let mut at = start;
        for element in list.split(|&byte| byte == b',') {
            let option = trim(element);
            if !self.is_own(option) && is_token(option) {
                if self.nominated.len() == most {
                    return Err(Refused::TooManyOptions);
                }
                let begin = at + blanks_before(element);
                self.nominated.push(Span::new(begin, begin + option.len()));
            }
            at += element.len() + 1;
        }
        Ok(())
    }

    /// Whether `option` is about the connection itself, which is then noted.
    fn is_own(&mut self, option: &[u8]) -> bool {
        let flag = match option.len() {
            5 if option.eq_ignore_ascii_case(b"close") => &mut self.close,
            7 if option.eq_ignore_ascii_case(b"upgrade") => &mut self.upgrade,
            10 if option.eq_ignore_ascii_case(b"keep-alive") => &mut self.keep_alive,
            _ => return false,
        };
        *flag = true;
        true
    }

    /// Whether the connection is to be used again.
    #[inline]
    pub(super) fn persistent(&self, version: Version) -> bool {
        !self.close && (version == Version::Http11 || self.keep_alive)
    }

    /// Whether `Upgrade` was announced.
    #[inline]
    pub(super) fn upgrade(&self) -> bool {
        self.upgrade
    }

    /// Marks the fields that were named, once all are known: a field may stand before `Connection`.
    #[inline]
    pub(super) fn mark(&self, bytes: &[u8], fields: &mut [Field]) {
        for option in &self.nominated {
            let name = option.of(bytes);
            if !is_for_everybody(name) {
                let named = |field: &&mut Field| field.name.of(bytes).eq_ignore_ascii_case(name);
                fields
                    .iter_mut()
                    .filter(named)
                    .for_each(|field| field.hop_by_hop = true);
            }
        }
    }
}

/// Fields that a client could take from a request by naming them in `Connection`, though every recipient needs them.
fn is_for_everybody(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"host") || name.eq_ignore_ascii_case(b"content-length")
}

fn blanks_before(element: &[u8]) -> usize {
    element.len() - element.trim_ascii_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(value: &str) -> Options {
        let mut options = Options::default();
        let whole = Span::new(0, value.len());
        assert_eq!(options.note(value.as_bytes(), whole, 3), Ok(()), "{value}");
        options
    }

    #[test]
    fn persistence_is_the_versions_unless_it_is_said() {
        for (value, old, new) in [
            ("", false, true),
            ("x", false, true),
            ("Keep-Alive", true, true),
            ("keep-alive, close", false, false),
            ("x, CLOSE\t,y", false, false),
            ("close", false, false),
        ] {
            let options = options(value);
            assert_eq!(options.persistent(Version::Http10), old, "{value}");
            assert_eq!(options.persistent(Version::Http11), new, "{value}");
        }
    }

    #[test]
    fn what_names_no_field_is_not_kept() {
        assert_eq!(options(" , close, a b, \"c\", upgrade").nominated.len(), 0);
        let value = "close ,\ta , bc";
        let named: Vec<&[u8]> = options(value)
            .nominated
            .iter()
            .map(|span| span.of(value.as_bytes()))
            .collect();
        assert_eq!(named, [b"a", &b"bc"[..]]);
    }

    #[test]
    fn names_are_limited() {
        let mut options = options("a, b");
        assert_eq!(options.note(b"c", Span::new(0, 1), 3), Ok(()));
        assert_eq!(
            options.note(b"d", Span::new(0, 1), 3),
            Err(Refused::TooManyOptions)
        );
    }
}
