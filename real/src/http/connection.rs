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
