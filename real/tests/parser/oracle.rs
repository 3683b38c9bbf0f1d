//! The rules for request heads once more, written to be read rather than to be fast: text is split into lines and words,
//! and each must be what it should. Says what is accepted, not why the rest isn't.

use crate::LIMITS;

/// Whether `bytes` begin with a head that is accepted; `None` if no head ends in them.
pub(crate) fn accepts(bytes: &[u8]) -> Option<bool> {
    let window = &bytes[..bytes.len().min(LIMITS.head_bytes)];
    let text = window.strip_prefix(b"\r\n").unwrap_or(window);
    let end = text.windows(4).position(|four| four == b"\r\n\r\n")?;
    // Each byte is one character, so that texts can be split like text.
    let head: String = text[..end].iter().map(|&byte| char::from(byte)).collect();
    let mut lines = head.split("\r\n");
    let start = lines.next().unwrap_or_default();
    let fields: Option<Vec<(String, &str)>> = lines.map(field).collect();
    let accepted = fields.is_some_and(|fields| is_request(start, &fields).unwrap_or(false));
    Some(accepted)
}

fn field(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.split_once(':')?;
    let value = value.trim_matches([' ', '\t']);
    let is_text = value.chars().all(|c| c == '\t' || !c.is_ascii_control());
    (is_token(name) && is_text).then(|| (name.to_ascii_lowercase(), value))
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

fn is_request(start: &str, fields: &[(String, &str)]) -> Option<bool> {
    let [method, target, version] = start.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    let new = match version {
        "HTTP/1.1" => true,
        "HTTP/1.0" => false,
        _ => return None,
    };
    let all = |name: &str| -> Vec<&str> {
        let named = fields.iter().filter(|(other, _)| other == name);
        named.map(|(_, value)| *value).collect()
    };
    let start_fits = is_token(method)
        && method.len() <= 32
        && target.chars().all(|c| c.is_ascii_graphic() && c != '#');
    let framed = is_framed(
        &all("content-length"),
        &all("transfer-encoding"),
        new,
        method,
    )?;
    let routed = is_routed(method, target, &all("host"), new)?;
    let options = all("connection")
        .into_iter()
        .flat_map(|list| list.split(','));
    let named = options
        .map(|option| option.trim_matches([' ', '\t']))
        .filter(|option| {
            is_token(option)
                && !["close", "keep-alive", "upgrade"]
                    .contains(&option.to_ascii_lowercase().as_str())
        });
    Some(
        start_fits
            && framed
            && routed
            && named.count() <= LIMITS.headers
            && fields.len() <= LIMITS.headers,
    )
}

fn is_framed(lengths: &[&str], codings: &[&str], new: bool, method: &str) -> Option<bool> {
    match (lengths, codings) {
        ([], []) => Some(true),
        ([length], []) => {
            let number: u64 = length.parse().ok()?;
            let fits = number <= LIMITS.body_bytes && (method != "CONNECT" || number == 0);
            Some(number.to_string() == *length && fits)
        }
        ([], [coding]) => {
            Some(new && coding.eq_ignore_ascii_case("chunked") && method != "CONNECT")
        }
        _ => None,
    }
}

fn is_routed(method: &str, target: &str, hosts: &[&str], new: bool) -> Option<bool> {
    let host = match hosts {
        [] if new => return None,
        [] => None,
        [one] => Some(split(one)?),
        _ => return None,
    };
    if method == "CONNECT" {
        let (name, port) = split(target)?;
        let same = host.is_none_or(|host| host == (name, port.clone()));
        return Some(!port.is_empty() && same);
    }
    if target.starts_with('/') || (target == "*" && method == "OPTIONS") {
        return Some(true);
    }
    let (scheme, rest) = target.split_once("://")?;
    let default = match scheme.to_ascii_lowercase().as_str() {
        "http" => "80",
        "https" => "443",
        _ => return None,
    };
    let or_default = |(name, port): (String, String)| {
        (
            name,
            if port.is_empty() {
                default.to_owned()
            } else {
                port
            },
        )
    };
    let authority = split(rest.split('/').next()?)?;
    Some(host.is_none_or(|host| or_default(host) == or_default(authority)))
}

/// Host in lower case, and port, if `text` has that form.
fn split(text: &str) -> Option<(String, String)> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (text, ""),
    };
    let port_fits = port.is_empty()
        || (port.len() <= 5
            && port.bytes().all(|b| b.is_ascii_digit())
            && port.parse::<u16>().is_ok());
    let name_fits = match name.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')?
            .parse::<std::net::Ipv6Addr>()
            .is_ok(),
        None => is_name(name),
    };
    (port_fits && name_fits).then(|| (name.to_ascii_lowercase(), port.to_owned()))
}

fn is_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('%').collect();
    let plain = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(c))
    };
    let encoded =
        |part: &&str| part.len() >= 2 && part.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    !name.is_empty() && parts.iter().all(|part| plain(part)) && parts[1..].iter().all(encoded)
}
