//! The cookie that keeps a client at its backend.
//!
//! It holds a token: a hash of the backend's identity, so it says nothing by itself, is the same in every balancer
//! and after every restart, and never names a place in a list. With a secret the token is signed (HMAC-SHA256, over
//! the cookie's name, too), so that nobody chooses his own backend. A cookie that was tampered with, or names nobody
//! who may be chosen, is ignored: the strategy chooses, and the client gets a new one.

use std::collections::HashMap;
use std::fmt::Write as _;

use policy::hash::{MixKeys, mix};
use policy::{BackendId, Member};
use ring::hmac;

use super::cookie;
use crate::settings::{SameSite, Sticky};

/// Hexadecimal digits of a token, and of a signature.
const TOKEN: usize = 16;
const SIGNATURE: usize = 64;

/// What stands in the cookie for a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Token(u64);

impl Token {
    /// That of the backend with this identity.
    pub(super) fn of(identity: u64) -> Token {
        // Not the identity itself: what hashing strategies place by is nobody's business.
        Token(mix(identity ^ 0x7374_6963_6b79_2031))
    }
}

/// Reads and writes the cookie.
#[derive(Clone, Debug)]
pub(super) struct Cookies {
    name: String,
    key: Option<hmac::Key>,
    /// What follows the value.
    attributes: String,
}

impl Cookies {
    pub(super) fn new(settings: &Sticky) -> Self {
        let secret = settings.secret.as_deref();
        Cookies {
            name: settings.name.clone(),
            key: secret.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret)),
            attributes: attributes(settings),
        }
    }

    /// Whose token a `Cookie` field holds, if it is one of ours.
    pub(super) fn read(&self, field: &[u8]) -> Option<Token> {
        let value = cookie::find(field, self.name.as_bytes())?;
        let (token, signature) = value.split_at_checked(TOKEN)?;
        match &self.key {
            None => signature.is_empty().then_some(())?,
            Some(key) => {
                let signature = signature.strip_prefix(b".")?;
                hmac::verify(key, &self.signed(token), &unhex(signature)?).ok()?;
            }
        }
        let digits = std::str::from_utf8(token).ok()?;
        let is_ours = token.iter().all(|byte| byte.is_ascii_hexdigit());
        is_ours.then(|| u64::from_str_radix(digits, 16).ok().map(Token))?
    }

    /// The value of a `Set-Cookie` field that names `token`.
    pub(super) fn set(&self, token: Token) -> String {
        let digits = format!("{:016x}", token.0);
        let mut field = format!("{}={digits}", self.name);
        if let Some(key) = &self.key {
            field.push('.');
            let signature = hmac::sign(key, &self.signed(digits.as_bytes()));
            for byte in signature.as_ref() {
                let _ = write!(field, "{byte:02x}");
            }
        }
        field + &self.attributes
    }

    /// What is signed: a token of one cookie is none of another with the same secret.
    fn signed(&self, token: &[u8]) -> Vec<u8> {
        [self.name.as_bytes(), b"=", token].concat()
    }
}

fn attributes(settings: &Sticky) -> String {
    let same_site = match settings.same_site {
        SameSite::Strict => "Strict",
        SameSite::Lax => "Lax",
        SameSite::None => "None",
    };
    let mut attributes = format!("; Path=/; HttpOnly; SameSite={same_site}");
    if settings.secure {
        attributes.push_str("; Secure");
    }
    if let Some(age) = settings.max_age {
        let _ = write!(attributes, "; Max-Age={}", age.0 / 1_000_000_000);
    }
    attributes
}

fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.len() != SIGNATURE {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

/// Whose token is whose, for one list of backends.
#[derive(Clone, Debug, Default)]
pub(super) struct Tokens(HashMap<u64, BackendId, MixKeys>);

impl Tokens {
    pub(super) fn of(members: &[Member]) -> Self {
        let tokens = members.iter();
        Tokens(
            tokens
                .map(|member| (Token::of(member.identity).0, member.id))
                .collect(),
        )
    }

    /// The backend meant, if it is there.
    pub(super) fn find(&self, token: Token) -> Option<BackendId> {
        self.0.get(&token.0).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::time::Duration;
    use proptest::prelude::*;

    fn cookies(secret: Option<&str>) -> Cookies {
        Cookies::new(&Sticky {
            name: "stay".to_owned(),
            secret: secret.map(|secret| secret.as_bytes().to_vec()),
            max_age: Some(Duration::from_millis(90_000)),
            same_site: SameSite::Lax,
            secure: true,
        })
    }

    fn pair(set: &str) -> &str {
        set.split(';').next().unwrap()
    }

    #[test]
    fn what_was_set_is_read() {
        for secret in [None, Some("hush")] {
            let cookies = cookies(secret);
            let set = cookies.set(Token::of(7));
            assert!(
                set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=90"),
                "{set}"
            );
            let field = format!("other=1; {}; more=2", pair(&set));
            assert_eq!(cookies.read(field.as_bytes()), Some(Token::of(7)));
        }
    }

    #[test]
    fn a_signature_by_another_secret_or_for_another_cookie_is_none() {
        let set = cookies(Some("theirs")).set(Token::of(7));
        assert_eq!(cookies(Some("ours")).read(pair(&set).as_bytes()), None);
        let mut other = cookies(Some("ours"));
        other.name = "elsewhere".to_owned();
        let renamed = pair(&other.set(Token::of(7))).replace("elsewhere", "stay");
        assert_eq!(cookies(Some("ours")).read(renamed.as_bytes()), None);
    }

    #[test]
    fn an_unsigned_token_is_none_where_they_are_signed() {
        let set = cookies(None).set(Token::of(7));
        assert_eq!(cookies(Some("ours")).read(pair(&set).as_bytes()), None);
    }

    proptest! {
        /// Any other byte anywhere in the value, and it is nobody's.
        #[test]
        fn a_signed_cookie_that_was_tampered_with_is_ignored(at: prop::sample::Index, byte: u8) {
            let cookies = cookies(Some("hush"));
            let set = cookies.set(Token::of(7));
            let mut field = pair(&set).as_bytes().to_vec();
            let at = "stay=".len() + at.index(field.len() - "stay=".len());
            prop_assume!(!field[at].eq_ignore_ascii_case(&byte));
            field[at] = byte;
            prop_assert_eq!(cookies.read(&field), None);
        }

        #[test]
        fn no_bytes_are_too_strange(field: Vec<u8>, value: Vec<u8>) {
            for secret in [None, Some("hush")] {
                let cookies = cookies(secret);
                cookies.read(&field);
                cookies.read(&[&b"stay="[..], &value[..]].concat());
            }
        }
    }
}
