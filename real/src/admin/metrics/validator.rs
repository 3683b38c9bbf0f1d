//! The rules of OpenMetrics 1.0, as far as they concern counters, gauges, histograms and infos: for tests.

use std::collections::{BTreeMap, BTreeSet};

/// A family and its samples: name with suffix, labels as written, value.
#[derive(Debug, Default)]
pub(in super::super) struct Parsed {
    pub(in super::super) kind: String,
    pub(in super::super) samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

/// The families of `text`, or which rule it breaks.
pub(in super::super) fn validate(text: &str) -> Result<BTreeMap<String, Parsed>, String> {
    let body = text
        .strip_suffix("# EOF\n")
        .ok_or("it does not end in `# EOF`")?;
    let mut families: BTreeMap<String, Parsed> = BTreeMap::new();
    let (mut current, mut series) = (String::new(), BTreeSet::new());
    for line in body.split_terminator('\n') {
        let wrong = |why: &str| format!("{why}: {line}");
        if let Some(metadata) = line.strip_prefix("# ") {
            let (what, rest) = metadata.split_once(' ').ok_or_else(|| wrong("metadata"))?;
            let (name, value) = rest.split_once(' ').ok_or_else(|| wrong("metadata"))?;
            begin(&mut families, &mut current, what, name, value).map_err(wrong)?;
            continue;
        }
        let (name, labels, value) = sample(line).ok_or_else(|| wrong("a sample"))?;
        let family = families
            .get_mut(&current)
            .ok_or_else(|| wrong("no family"))?;
        let suffix = name
            .strip_prefix(&current)
            .ok_or_else(|| wrong("in another family"))?;
        if !suffixes(&family.kind).contains(&suffix) {
            return Err(wrong("a suffix that its type does not have"));
        }
        if !series.insert(line.rsplit_once(' ').unwrap_or_default().0.to_owned()) {
            return Err(wrong("twice"));
        }
        family.samples.push((name, labels, value));
    }
    families.values().try_for_each(values)?;
    Ok(families)
}

fn begin(
    families: &mut BTreeMap<String, Parsed>,
    current: &mut String,
    what: &str,
    name: &str,
    value: &str,
) -> Result<(), &'static str> {
    if !is_name(name) {
        return Err("a name");
    }
    if what == "TYPE" {
        let family = Parsed {
            kind: value.to_owned(),
            samples: Vec::new(),
        };
        if suffixes(value).is_empty() || families.insert(name.to_owned(), family).is_some() {
            return Err("a type, or one for the second time");
        }
        name.clone_into(current);
    }
    if name != current || !families[name].samples.is_empty() {
        return Err("metadata of another family, or after its samples");
    }
    match what {
        "TYPE" | "HELP" => Ok(()),
        "UNIT" if name.ends_with(&format!("_{value}")) => Ok(()),
        _ => Err("metadata"),
    }
}

fn suffixes(kind: &str) -> &'static [&'static str] {
    match kind {
        "counter" => &["_total"],
        "gauge" => &[""],
        "info" => &["_info"],
        "histogram" => &["_bucket", "_sum", "_count"],
        _ => &[],
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(plain) && !name.as_bytes()[0].is_ascii_digit()
}

fn sample(line: &str) -> Option<(String, BTreeMap<String, String>, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(list) = rest.strip_prefix('{') {
        rest = list;
        while !rest.starts_with('}') {
            let (label, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            let is_new = labels.insert(label.to_owned(), value).is_none();
            if !is_name(label) || !is_new {
                return None;
            }
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ')?.parse().ok()?;
    is_name(name).then(|| (name.to_owned(), labels, value))
}

/// What stands before the closing quote, unescaped, and what after.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    loop {
        match characters.next()? {
            (at, '"') => return Some((value, &text[at + 1..])),
            (_, '\\') => value.push(match characters.next()?.1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => return None,
            }),
            (_, other) => value.push(other),
        }
    }
}

fn values(family: &Parsed) -> Result<(), String> {
    let wrong = |sample: &str| format!("a value that its type does not have: {sample}");
    for (name, _, value) in &family.samples {
        let fits = match family.kind.as_str() {
            "counter" | "histogram" => *value >= 0.0,
            "info" => *value == 1.0,
            _ => value.is_finite(),
        };
        fits.then_some(()).ok_or_else(|| wrong(name))?;
    }
    if family.kind == "histogram" {
        histogram(family)?;
    }
    Ok(())
}

/// For each set of labels: rising bounds, no falling counts, the last is for infinity and as many as there are.
fn histogram(family: &Parsed) -> Result<(), String> {
    let mut last: BTreeMap<BTreeMap<String, String>, (f64, f64)> = BTreeMap::new();
    for (name, labels, value) in &family.samples {
        let mut labels = labels.clone();
        let bound = labels.remove("le").map(|bound| bound.parse::<f64>());
        let (before, count) = last.entry(labels).or_insert((-1.0, 0.0));
        let fits = match bound {
            Some(Ok(bound)) => {
                let rises = bound > *before && value >= count;
                (*before, *count) = (bound, *value);
                rises
            }
            Some(Err(_)) => false,
            None if name.ends_with("_count") => *before == f64::INFINITY && value == count,
            None => *before == f64::INFINITY,
        };
        fits.then_some(())
            .ok_or_else(|| format!("a histogram is wrong: {name} {value}"))?;
    }
    Ok(())
}

#[test]
fn what_breaks_the_rules_is_found() {
    let good = "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds x\na_seconds_total{b=\"\\\"\"} 1\n# EOF\n";
    assert!(validate(good).is_ok(), "{:?}", validate(good));
    for (from, to) in [
        ("# EOF\n", ""),
        ("_total", ""),
        ("counter", "gauges"),
        (" 1\n", " -1\n"),
        (" 1\n", " 1\na_seconds_total{b=\"\\\"\"} 2\n"),
        ("UNIT a_seconds seconds", "UNIT a_seconds bytes"),
        ("\\\"\"}", "\\x\"}"),
    ] {
        assert!(validate(&good.replace(from, to)).is_err(), "{from}");
    }
}
