//! Text in a terminal: wrapped, aligned, without what would confuse it.

/// How many columns it takes. All that is written here is one column a character.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// `text` in `width` columns.
pub(super) fn left(text: &str, width: usize) -> String {
    format!("{text:<width$}")
}

/// Control characters, which file names may contain, as blanks; without `unicode`, ASCII that comes close.
pub(super) fn clean(text: &str, unicode: bool) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            control if control.is_control() => clean.push(' '),
            ascii if unicode || ascii.is_ascii() => clean.push(ascii),
            'µ' | 'μ' => clean.push('u'),
            '±' => clean.push_str("+-"),
            '×' => clean.push('x'),
            '–' | '—' | '−' => clean.push('-'),
            '…' => clean.push_str("..."),
            '“' | '”' => clean.push('"'),
            '‘' | '’' => clean.push('\''),
            '\u{a0}' | '\u{202f}' => clean.push(' '),
            _ => clean.push('?'),
        }
    }
    clean
}

/// Lines of at most `width` columns, broken at blanks, or within a word that is longer than that.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        let last = lines.last().map_or(0, |line| columns(line));
        if last > 0 && last + 1 + rest.len() > width {
            lines.push(String::new());
        } else if last > 0 {
            push(&mut lines, " ");
        }
        while rest.len() > width {
            let tail = rest.split_off(width);
            push(&mut lines, &rest.into_iter().collect::<String>());
            lines.push(String::new());
            rest = tail;
        }
        push(&mut lines, &rest.into_iter().collect::<String>());
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Numbers filled up with blanks so that their points are in one column; what is no number is put left.
pub(super) fn align_points(numbers: &[String]) -> Vec<String> {
    let is_number = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let parts = |text: &str| {
        let whole = text.find('.').unwrap_or(text.len());
        (columns(&text[..whole]), columns(&text[whole..]))
    };
    let numeric = numbers.iter().filter(|text| is_number(text));
    let (mut before, mut after) = (0, 0);
    for text in numeric {
        let (whole, rest) = parts(text);
        (before, after) = (before.max(whole), after.max(rest));
    }
    let place = |text: &String| {
        let (whole, rest) = parts(text);
        let rest = if is_number(text) { after - rest } else { after };
        format!(
            "{:pad$}{text}{:rest$}",
            "",
            "",
            pad = before.saturating_sub(whole)
        )
    };
    let aligned: Vec<String> = numbers.iter().map(place).collect();
    let width = aligned.iter().map(|text| columns(text)).max().unwrap_or(0);
    aligned.iter().map(|text| left(text, width)).collect()
}

/// Each text filled up to the longest.
pub(super) fn align_left(texts: &[String]) -> Vec<String> {
    let width = texts.iter().map(|text| columns(text)).max().unwrap_or(0);
    texts.iter().map(|text| left(text, width)).collect()
}

/// Each text moved to where the longest ends.
pub(super) fn align_right(texts: &[String]) -> Vec<String> {
    let width = texts.iter().map(|text| columns(text)).max().unwrap_or(0);
    texts.iter().map(|text| format!("{text:>width$}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_below_each_other() {
        let numbers = ["1.25", "12.5", "125", "-", "<0.01"].map(String::from);
        assert_eq!(
            align_points(&numbers),
            ["  1.25", " 12.5 ", "125   ", "  -   ", " <0.01"]
        );
    }

    #[test]
    fn lines_keep_within_the_width() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a abcdefghij", 4), ["a", "abcd", "efgh", "ij"]);
        assert_eq!(wrapped("", 4), [""]);
    }

    #[test]
    fn a_terminal_gets_no_escapes() {
        assert_eq!(clean("a\u{1b}[2J\nb", true), "a [2J b");
        assert_eq!(clean("1 µs ± 2 – Ж", false), "1 us +- 2 - ?");
    }
}
