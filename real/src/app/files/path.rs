//! Which file an address means.
//!
//! Percent-encoding is undone once, and what comes out must not change how the path is split: an encoded slash or NUL
//! is in no file's name. `..` is in none either; whoever means the folder above can say so without it.

use super::Answer;

/// A path below the root: names separated by single slashes, none at its beginning. One buffer for all requests.
#[derive(Debug, Default)]
pub(super) struct Path {
    bytes: Vec<u8>,
    ends_with_slash: bool,
}

impl Path {
    /// That of `target`.
    pub(super) fn set(&mut self, target: &[u8]) -> Result<(), Answer> {
        self.bytes.clear();
        let end = memchr::memchr2(b'?', b'#', target).unwrap_or(target.len());
        let Some(path) = target[..end].strip_prefix(b"/") else {
            return Err(Answer::bad_path());
        };
        for encoded in path.split(|&byte| byte == b'/') {
            self.push(encoded)?;
        }
        self.ends_with_slash = target[..end].ends_with(b"/");
        Ok(())
    }

    /// For the kernel and for the cache. Empty for the root.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it was written as a folder.
    pub(super) fn ends_with_slash(&self) -> bool {
        self.ends_with_slash
    }

    /// The file of this name in the folder that it names.
    pub(super) fn enter(&mut self, name: &[u8]) {
        if !self.bytes.is_empty() {
            self.bytes.push(b'/');
        }
        self.bytes.extend_from_slice(name);
    }

    /// The address of the folder that it is in. It begins with one slash and has nothing that needs encoding, so it
    /// leads to no other server.
    pub(super) fn folder_address(&self) -> String {
        let folder = memchr::memrchr(b'/', &self.bytes).map_or(0, |slash| slash + 1);
        let mut address = "/".to_owned();
        for &byte in &self.bytes[..folder] {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    address.push(char::from(byte));
                }
                _ => address.push_str(&format!("%{byte:02X}")),
            }
        }
        address
    }

    fn push(&mut self, encoded: &[u8]) -> Result<(), Answer> {
        if encoded.is_empty() || encoded == b"." {
            return Ok(());
        }
        if !self.bytes.is_empty() {
            self.bytes.push(b'/');
        }
        let begin = self.bytes.len();
        decode(encoded, &mut self.bytes)?;
        let name = &self.bytes[begin..];
        let hidden = name.starts_with(b".") && name != b".well-known";
        if hidden || name.iter().any(|byte| matches!(byte, b'/' | b'\0')) {
            return Err(Answer::not_found());
        }
        Ok(())
    }
}

fn decode(mut encoded: &[u8], out: &mut Vec<u8>) -> Result<(), Answer> {
    while let Some(at) = memchr::memchr(b'%', encoded) {
        out.extend_from_slice(&encoded[..at]);
        let digits = encoded.get(at + 1..at + 3).ok_or_else(Answer::bad_path)?;
        let [high, low] = [digits[0], digits[1]].map(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (high, low) else {
            return Err(Answer::bad_path());
        };
        out.push((high * 16 + low) as u8);
        encoded = &encoded[at + 3..];
    }
    out.extend_from_slice(encoded);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(target: &str) -> Result<String, u16> {
        let mut path = Path::default();
        match path.set(target.as_bytes()) {
            Ok(()) => Ok(String::from_utf8_lossy(path.bytes()).into_owned()),
            Err(Answer::Refused { status, .. }) => Err(status),
            Err(other) => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn what_addresses_mean() {
        for (target, expected) in [
            ("/", Ok("")),
            ("/a/b.html?x=/../y", Ok("a/b.html")),
            ("//a/./b//", Ok("a/b")),
            ("/a%20b/%c3%A9#x", Ok("a b/é")),
            ("/.well-known/x", Ok(".well-known/x")),
            ("/a%252e", Ok("a%2e")),
            ("/...", Err(404)),
            ("/../etc/passwd", Err(404)),
            ("/a/..", Err(404)),
            ("/%2e%2E/x", Err(404)),
            ("/a%2fb", Err(404)),
            ("/a%00b", Err(404)),
            ("/.git/config", Err(404)),
            ("/a/%2egit", Err(404)),
            ("/a%2", Err(400)),
            ("/a%zz", Err(400)),
            ("*", Err(400)),
            ("", Err(400)),
            ("http://x/", Err(400)),
        ] {
            assert_eq!(path(target), expected.map(str::to_owned), "{target}");
        }
    }

    #[test]
    fn a_redirection_stays_here() {
        for (target, expected) in [
            ("//example.com", "/example.com/"),
            ("/%5cexample.com", "/%5Cexample.com/"),
            ("/a%0d%0ab", "/a%0D%0Ab/"),
        ] {
            let mut path = Path::default();
            path.set(target.as_bytes()).unwrap();
            path.enter(b"index.html");
            assert_eq!(path.folder_address(), expected);
        }
    }

    proptest! {
        #[test]
        fn no_address_leads_up(target in "/([a.%2eEfF/0-]|\\.\\.){0,20}") {
            let mut path = Path::default();
            if path.set(target.as_bytes()).is_ok() {
                let names: Vec<&[u8]> = path.bytes().split(|&byte| byte == b'/').collect();
                prop_assert!(names.iter().all(|name| !name.starts_with(b".")), "{:?}", names);
                prop_assert!(path.bytes().is_empty() || names.iter().all(|name| !name.is_empty()));
                prop_assert!(!path.bytes().contains(&0));
            }
        }
    }
}
