//! What stands behind the balancers.

use spec::value::{Parsed, list, or_none};
use spec::{Failure, Spec, Specs, Table};

use super::Scoped;
use super::shape::Kind;
use crate::config::value::{Written, path, upstream};
use crate::settings::{Behind, Exec, Upstream};

/// Rows of the board, of which a reload needs as many again.
const MOST_UPSTREAMS: usize = 1 << 14;

pub(super) fn resolve(scoped: &mut Scoped<'_>) -> Result<Behind, Failure> {
    Ok(match scoped.shape.behind {
        Kind::Application => Behind::Application,
        Kind::Exec => Behind::Exec(exec(scoped.given)?),
        Kind::Upstreams => Behind::Upstreams(upstreams(scoped.given)?),
    })
}

fn exec(given: &mut Table) -> Result<Exec, Failure> {
    let Spec(_) = given.or("exec", Spec(String::new()), |text| {
        words(text).map(|_| Spec(text.to_owned()))
    })?;
    let command = given.given("exec", words)?.unwrap_or_default();
    let ready_path = given.or("ready-path", None, |text| or_none(text, path))?;
    Ok(Exec {
        command,
        ready_path,
    })
}

/// As a shell would split it.
fn words(text: &str) -> Parsed<Vec<String>> {
    let words =
        shlex::split(text).ok_or_else(|| format!("`{text}` has a quote that is not closed"))?;
    match words.first() {
        None => Err(format!("`{text}` names no program")),
        Some(_) if text.contains('\0') => Err("a NUL byte cannot be passed on".to_owned()),
        Some(_) => Ok(words),
    }
}

fn upstreams(given: &mut Table) -> Result<Vec<Upstream>, Failure> {
    let Specs(written) = given.or("upstream", Specs(Vec::new()), read)?;
    Ok(written.into_iter().map(|Written(server)| server).collect())
}

fn read(text: &str) -> Parsed<Specs<Written>> {
    let all = list(text, upstream)?;
    if all.len() > MOST_UPSTREAMS {
        return Err(format!(
            "these are {} servers; allowed are {MOST_UPSTREAMS}",
            all.len()
        ));
    }
    let mut seen = std::collections::BTreeSet::new();
    for Written(server) in &all {
        // It is known by its address.
        if !seen.insert(server.authority.to_ascii_lowercase()) {
            return Err(format!(
                "`{}` is named twice; give it a weight instead",
                server.authority
            ));
        }
    }
    Ok(Specs(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_would() {
        let expected = ["sh", "-c", "exec serve \"$PORT\"", "{port}"];
        assert_eq!(
            words("sh -c 'exec serve \"$PORT\"' {port}").unwrap(),
            expected
        );
        for text in ["", "  ", "'a", "a\\"] {
            assert!(words(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_server_is_named_once() {
        assert_eq!(read("a:1,b:1, https://a:2").unwrap().0.len(), 3);
        let reason = read("a:1,b:1,A:1*2").unwrap_err();
        assert!(reason.contains("`A:1` is named twice"), "{reason}");
    }
}
