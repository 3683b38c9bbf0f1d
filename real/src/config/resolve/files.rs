//! What is read and written.

use std::io::Read;
use std::path::{Path, PathBuf};

use spec::value::{Parsed, or_none};
use spec::{Failure, Table, Word};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::value::{Bytes, bytes};
use crate::settings::{AccessLog, Files, LogFormat, Tls};

const FORMATS: &[(&str, LogFormat)] =
    &[("json", LogFormat::Json), ("combined", LogFormat::Combined)];

/// Nobody has longer certificates or keys.
const LARGEST: u64 = 1 << 20;

/// What is in the file at `path`, which has at most `largest` bytes.
pub(super) fn content(path: &str, largest: u64) -> Parsed<Vec<u8>> {
    let refuse = |problem: &dyn std::fmt::Display| format!("{path} cannot be read: {problem}");
    let metadata = std::fs::metadata(path).map_err(|error| refuse(&error))?;
    if !metadata.is_file() {
        return Err(refuse(&"it is not a file"));
    }
    let file = std::fs::File::open(path).map_err(|error| refuse(&error))?;
    let mut content = Vec::new();
    let read = file.take(largest + 1).read_to_end(&mut content);
    read.map_err(|error| refuse(&error))?;
    match content.len() as u64 > largest {
        true => Err(refuse(&format!("it is larger than {}", Bytes(largest)))),
        false => Ok(content),
    }
}

/// The name of a file that can be read, and is not empty.
fn readable(path: &str) -> Parsed<String> {
    match content(path, LARGEST)?.is_empty() {
        true => Err(format!("{path} is empty")),
        false => Ok(path.to_owned()),
    }
}

pub(super) fn tls(given: &mut Table) -> Result<Tls, Failure> {
    let certificate = given.optional("tls-certificate", readable)?;
    let key = given.optional("tls-key", readable)?;
    let authority = given.optional("upstream-ca", readable)?;
    let front = certificate.zip(key);
    Ok(Tls {
        front: front.map(|(certificate, key)| (certificate.into(), key.into())),
        upstream_ca: authority.map(PathBuf::from),
    })
}

pub(super) fn files(given: &mut Table) -> Result<Option<Files>, Failure> {
    let root = given.unless_none("root", |text| match Path::new(text).is_dir() {
        true => Ok(text.to_owned()),
        false => Err(format!("`{text}` is not a folder")),
    })?;
    let cache = given.detail(root.is_some(), "cache", Bytes(64 << 20), |text| {
        bytes(text, 0..=1 << 50)
    })?;
    Ok(root.map(|root| Files {
        root: root.into(),
        cache_bytes: cache.0 as usize,
    }))
}

pub(super) fn access_log(given: &mut Table) -> Result<Option<AccessLog>, Failure> {
    let path = given.or("access-log", None, |text| or_none(text, file_to_be))?;
    let format = given.detail(
        path.is_some(),
        "access-log-format",
        Word::of(LogFormat::Json, FORMATS),
        |text| Word::read(text, "a format", FORMATS),
    )?;
    Ok(path.map(|path| AccessLog {
        path: path.into(),
        format: format.value,
    }))
}

/// The name of a file that can be there, as far as can be told beforehand.
fn file_to_be(text: &str) -> Parsed<String> {
    let path = Path::new(text);
    if text.is_empty() || path.is_dir() {
        return Err(format!(
            "`{text}` is not a file; write its name, or - for stdout"
        ));
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder.is_none_or(Path::is_dir) {
        true => Ok(text.to_owned()),
        false => Err(format!("there is no folder for `{text}`")),
    }
}

pub(super) fn log(given: &mut Table) -> Result<String, Failure> {
    given.or("log", "info".to_owned(), |text| {
        // To the parser any word is a part of the program, and all else would be silent.
        let words = text.split(',').filter(|part| !part.contains(['=', '[']));
        for word in words.map(str::trim) {
            if word.parse::<LevelFilter>().is_err() {
                return Err(format!(
                    "`{word}` is not a level; write off, error, warn, info, debug or trace, or PART=LEVEL,..."
                ));
            }
        }
        let parsed = EnvFilter::builder().parse(text);
        let parsed = parsed.map_err(|error| {
            format!("`{text}` is not a filter: {error}; write a level, or PART=LEVEL,...")
        });
        parsed.map(|_| text.to_owned())
    })
}
