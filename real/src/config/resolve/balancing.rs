//! Who chooses, how, and knowing what.

use policy::strategy::StrategyName;
use policy::time::Duration;
use serde_json::Value;
use spec::value::{Parsed, duration, or_none, small_count, spec, switch};
use spec::{Failure, Pairs, Shown, Table, Word, Written, strategy};

use super::Scoped;
use super::shape::How;
use crate::config::value::token;
use crate::settings::{Balancing, Key, Pool, SameSite, Sticky};

/// A shorter secret is guessed.
const LEAST_SECRET: usize = 16;
const MOST_SECRET: u64 = 4096;

const SAME_SITE: &[(&str, SameSite)] = &[
    ("strict", SameSite::Strict),
    ("lax", SameSite::Lax),
    ("none", SameSite::None),
];

pub(super) struct Balancers {
    pub(super) number: u32,
    pub(super) shared_board: bool,
}

pub(super) fn balancers(scoped: &mut Scoped<'_>) -> Result<Balancers, Failure> {
    let matters = scoped.shape.is_proxied();
    scoped.where_it_matters(matters, |given| {
        Ok(Balancers {
            number: given.or("balancers", 1, |text| small_count(text, 1..=Pool::MOST))?,
            shared_board: given.or("shared-board", false, switch)?,
        })
    })
}

/// `is_secure`: clients speak TLS.
pub(super) fn resolve(scoped: &mut Scoped<'_>, is_secure: bool) -> Result<Balancing, Failure> {
    let shape = scoped.shape;
    let (strategy, options) = scoped.where_it_matters(shape.has_choice(), |given| {
        let name = given.or("strategy", StrategyName::RoundRobin, spec)?;
        Ok((name, strategy::options(given)?))
    })?;
    let key = key(scoped)?;
    let sticky = scoped.where_it_matters(shape.is_proxied(), |given| sticky(given, is_secure))?;
    Ok(Balancing {
        strategy,
        options,
        key,
        sticky,
    })
}

/// By what requests are known, which strategies and rate limits go by.
fn key(scoped: &mut Scoped<'_>) -> Result<Key, Failure> {
    let shape = scoped.shape;
    if !shape.has_choice() {
        scoped.given.needs("key", "rate-limit")?;
    }
    let limit = scoped.given.text("rate-limit");
    let is_limited = limit.is_some_and(|limit| limit.trim() != "none");
    let matters = shape.has_choice() || is_limited;
    let key = scoped.where_it_matters(matters, |given| given.or("key", Key::Client, read_key))?;
    if shape.accept == How::Handoff && key != Key::Client && !is_limited {
        let reason = "in handoff a worker is chosen before anything is read, so only `client` can be the key";
        return Err(scoped.given.refuse("key", reason));
    }
    Ok(key)
}

fn read_key(text: &str) -> Parsed<Key> {
    match text.trim().split_once(':') {
        None if text.trim() == "client" => Ok(Key::Client),
        None if text.trim() == "path" => Ok(Key::Path),
        Some(("header", name)) => token(name).map(|name| Key::Header(name.to_ascii_lowercase())),
        Some(("cookie", name)) => token(name).map(Key::Cookie),
        _ => Err(format!(
            "`{text}` is not what a request is known by; allowed are client, path, header:NAME, cookie:NAME"
        )),
    }
}

impl Shown for Key {
    fn shown(&self) -> Value {
        match self {
            Key::Client => "client".into(),
            Key::Path => "path".into(),
            Key::Header(name) => format!("header:{name}").into(),
            Key::Cookie(name) => format!("cookie:{name}").into(),
        }
    }
}

fn sticky(given: &mut Table, is_secure: bool) -> Result<Option<Sticky>, Failure> {
    let read = |text: &str| or_none(text, |text| cookie(text, is_secure));
    let cookie = given.or("sticky", None, read)?;
    let secret = given.given("sticky-secret", secret)?;
    if secret.is_some() {
        given.optional("sticky-secret", |path| Ok(path.to_owned()))?;
    }
    Ok(cookie.map(|Written { value, .. }| Sticky { secret, ..value }))
}

fn cookie(text: &str, is_secure: bool) -> Parsed<Written<Sticky>> {
    const FORM: &str = "NAME[,max-age=DURATION|none][,same-site=strict|lax|none][,secure=true|false], such as \
                        backend,max-age=1h";
    let mut pairs = Pairs::behind(text, text, FORM);
    let name = pairs.first("name of the cookie", token)?;
    let max_age = pairs.or("max-age", None, |text| or_none(text, seconds))?;
    let lax = Word::of(SameSite::Lax, SAME_SITE);
    let same_site = pairs.or("same-site", lax, |text| {
        Word::read(text, "what a cookie can be", SAME_SITE)
    })?;
    let everywhere = same_site.value == SameSite::None;
    let secure = pairs.or("secure", is_secure || everywhere, switch)?;
    let made = match everywhere && !secure {
        true => Err("browsers take same-site=none only with secure=true"),
        false => Ok(()),
    };
    let written = pairs.finish(made)?;
    Ok(written.map(|()| Sticky {
        name,
        secret: None,
        max_age,
        same_site: same_site.value,
        secure,
    }))
}

/// `Max-Age` is in whole seconds.
fn seconds(text: &str) -> Parsed<Duration> {
    let span = duration(text)?;
    match span.0 % 1_000_000_000 {
        0 => Ok(span),
        _ => Err(format!(
            "`{text}` is not of whole seconds, which cookies are kept for"
        )),
    }
}

/// What is in the file at `path`, without the line's end.
fn secret(path: &str) -> Parsed<Vec<u8>> {
    let mut secret = super::files::content(path, MOST_SECRET)?;
    while secret.last().is_some_and(u8::is_ascii_whitespace) {
        secret.pop();
    }
    match secret.len() >= LEAST_SECRET {
        true => Ok(secret),
        false => Err(format!(
            "{path} holds {} bytes, which are guessed; at least {LEAST_SECRET} are needed",
            secret.len()
        )),
    }
}
