//! Writing SVG elements: escaped texts and short coordinates.

use std::fmt::Write;

/// Elements drawn so far.
#[derive(Default)]
pub(super) struct Canvas {
    elements: String,
}

impl Canvas {
    /// What was drawn.
    pub(super) fn drawn(&self) -> &str {
        &self.elements
    }

    /// `class` says how it looks and which way it goes from the point.
    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let (x, y, text) = (px(x), px(y), escaped(text));
        let _ = writeln!(
            self.elements,
            "<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{text}</text>"
        );
    }

    /// Read from below, its middle at the point.
    pub(super) fn upright(&mut self, x: f64, y: f64, text: &str) {
        let (x, y, text) = (px(x), px(y), escaped(text));
        let _ = writeln!(
            self.elements,
            "<text transform=\"translate({x} {y})rotate(-90)\" class=\"mid soft\">{text}</text>"
        );
    }

    /// A straight line.
    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let d = path(&[(x1, y1), (x2, y2)]);
        let _ = writeln!(self.elements, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// A line through `points`, or the area within them; `title` is shown when it is pointed at.
    pub(super) fn path(&mut self, points: &[(f64, f64)], class: &str, title: &str) {
        let (d, title) = (path(points), escaped(title));
        let _ = writeln!(
            self.elements,
            "<path class=\"{class}\" d=\"{d}\"><title>{title}</title></path>"
        );
    }

    /// Bars of one colour, `wide` each.
    pub(super) fn bars(&mut self, colour: usize, wide: f64, inside: impl FnOnce(&mut Canvas)) {
        let style = format!("stroke-width:{};stroke-dasharray:none", px(wide));
        let _ = writeln!(
            self.elements,
            "<g class=\"bar l{colour}\" style=\"{style}\">"
        );
        inside(self);
        self.elements.push_str("</g>\n");
    }

    /// Upright on `x`: shorter to write than a rectangle, and there may be many.
    pub(super) fn bar(&mut self, x: f64, (from, to): (f64, f64), title: &str) {
        let (x, from, to, title) = (px(x), px(from), px(to), escaped(title));
        let _ = writeln!(
            self.elements,
            "<path d=\"M{x} {from}V{to}\"><title>{title}</title></path>"
        );
    }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (at, &(x, y)) in points.iter().enumerate() {
        let command = match at {
            0 => "M",
            1 => "L",
            _ => " ",
        };
        let _ = write!(d, "{command}{} {}", px(x), px(y));
    }
    d
}

/// A tenth of a pixel is more than enough.
fn px(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_string();
    }
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_string(),
        Some(whole) => whole.to_string(),
        None => text,
    }
}

/// Safe as text and in quotes, in XML and HTML; what XML 1.0 cannot express becomes a blank.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(character),
            '\u{fffe}' | '\u{ffff}' => safe.push(' '),
            control if control.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

/// Fewer points that look the same: none of those left out is further than `tolerance` from the line
/// (Douglas and Peucker 1973).
pub(super) fn simplified(points: &[(f64, f64)], tolerance: f64) -> Vec<(f64, f64)> {
    let mut kept = vec![false; points.len()];
    for end in [0, points.len().saturating_sub(1)] {
        if let Some(end) = kept.get_mut(end) {
            *end = true;
        }
    }
    let mut open = vec![(0, points.len().saturating_sub(1))];
    while let Some((first, last)) = open.pop() {
        let between = first + 1..last;
        let far = between.map(|at| (distance(points[at], points[first], points[last]), at));
        let Some((far, at)) = far.max_by(|(a, _), (b, _)| a.total_cmp(b)) else {
            continue;
        };
        if far > tolerance {
            kept[at] = true;
            open.extend([(first, at), (at, last)]);
        }
    }
    let both = points.iter().zip(kept);
    both.filter_map(|(point, kept)| kept.then_some(*point))
        .collect()
}

/// Of `point` from the segment between `a` and `b`.
fn distance(point: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (px, py) = (point.0 - a.0, point.1 - a.1);
    let square = dx * dx + dy * dy;
    let along = if square > 0.0 {
        ((px * dx + py * dy) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    libm::hypot(px - along * dx, py - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_passes_for_markup() {
        assert_eq!(
            escaped("<a href='x'>&\"\u{0}\u{ffff}"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;  "
        );
    }

    #[test]
    fn coordinates_are_short_and_numbers() {
        assert_eq!(
            [1.0, 1.26, -0.04, f64::NAN, f64::INFINITY].map(px),
            ["1", "1.3", "0", "0", "0"]
        );
    }

    #[test]
    fn corners_stay_and_what_lies_between_goes() {
        let steps = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.1), (3.0, 0.0), (3.0, 5.0)];
        assert_eq!(
            simplified(&steps, 0.25),
            [(0.0, 0.0), (3.0, 0.0), (3.0, 5.0)]
        );
        assert_eq!(simplified(&[], 1.0), []);
        assert_eq!(simplified(&[(1.0, 1.0)], 1.0), [(1.0, 1.0)]);
    }
}
