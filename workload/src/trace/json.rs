//! JSON lines: one object a line, whose keys are the columns.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Values as they are written: a number read as an `f64` would lose digits of a time stamp.
type Object<'l> = BTreeMap<String, &'l RawValue>;

/// The keys of the object in `line`, or `None` where there is none.
pub(super) fn keys(line: &str) -> Option<Vec<String>> {
    let object: Object<'_> = serde_json::from_str(line).ok()?;
    Some(object.into_keys().collect())
}

/// The values of the `wanted` of `columns`, or why there are none.
pub(super) fn select<'l>(
    columns: &[String],
    line: &'l str,
    wanted: &[usize],
) -> Result<Vec<Cow<'l, str>>, String> {
    let object: Object<'l> =
        serde_json::from_str(line).map_err(|error| format!("it is not a JSON object: {error}"))?;
    let value = |&index: &usize| match object.get(&columns[index]) {
        Some(value) => Ok(text(value.get())),
        None => Err(format!("it has no `{}`", columns[index])),
    };
    wanted.iter().map(value).collect()
}

/// A string's content; anything else as it stands.
fn text(raw: &str) -> Cow<'_, str> {
    match serde_json::from_str::<String>(raw) {
        Ok(string) => Cow::Owned(string),
        Err(_) => Cow::Borrowed(raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_digits() {
        let line = r#"{"ts": 1700159823.9799600, "user": "a\"b", "n": null}"#;
        let columns = keys(line).unwrap();
        assert_eq!(columns, ["n", "ts", "user"]);
        let values = select(&columns, line, &[1, 2, 0]).unwrap();
        assert_eq!(values, ["1700159823.9799600", "a\"b", "null"]);
    }

    #[test]
    fn errors_say_what_is_missing() {
        let columns = ["ts".to_owned()];
        assert_eq!(select(&columns, "{}", &[0]).unwrap_err(), "it has no `ts`");
        let error = select(&columns, "[1]", &[0]).unwrap_err();
        assert!(error.starts_with("it is not a JSON object"), "{error}");
        assert!(select(&columns, &"[".repeat(100_000), &[0]).is_err());
        assert_eq!(keys("time,key"), None);
    }
}
