//! The result as one page that needs nothing else: the pictures, the numbers behind them, and how to read them.

mod tables;

use super::label::Labels;
use super::palette;
use super::story::{story, verdicts};
use super::svg::{escaped, figure, provenance, series_svg};
use super::{Echo, OverTime, columns};
use crate::outcome::Outcome;

/// A page that opens without a network and follows a dark screen.
pub fn html(echo: &Echo, outcome: &Outcome) -> String {
    let title = escaped(&echo.headline);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}{}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{}</main>\n</body>\n</html>\n",
        palette::swatches(outcome.results.len()),
        body(echo, outcome)
    )
}

fn body(echo: &Echo, outcome: &Outcome) -> String {
    let mut page = format!(
        "<p class=\"soft\">{}</p>\n",
        escaped(&provenance(echo, outcome))
    );
    if outcome.interrupted {
        page.push_str("<p class=\"note\">Interrupted: what had been simulated by then.</p>\n");
    }
    for told in story(outcome) {
        page.push_str(&format!("<p class=\"story\">{}</p>\n", escaped(&told)));
    }
    for note in verdicts(outcome).iter().chain(&outcome.notes) {
        page.push_str(&format!("<p class=\"note\">{}</p>\n", escaped(note)));
    }
    if outcome.results.is_empty() {
        page.push_str("<p class=\"note\">No results.</p>\n");
    } else {
        page.push_str(&results(echo, outcome));
    }
    let scenario = format!("{:#}", echo.scenario);
    page.push_str(&format!(
        "<details><summary>The scenario, with every default filled in</summary><pre>{}</pre></details>\n",
        escaped(&scenario)
    ));
    page
}

/// Nothing, if nothing was recorded over time.
fn section_over_time(over_time: &OverTime) -> String {
    if over_time.series.is_empty() {
        return String::new();
    }
    let coarsened = over_time
        .series
        .iter()
        .any(|(_, series)| series.coarsened());
    let coarsened = if coarsened {
        "<p class=\"note\">The intervals asked for would have been too many: they are longer.</p>\n"
    } else {
        ""
    };
    format!(
        "<h2>Over time</h2>\n{coarsened}<figure>\n{}</figure>\n{READING_TIME}",
        series_svg(&over_time.named(), &over_time.triggers)
    )
}

fn results(echo: &Echo, outcome: &Outcome) -> String {
    let footnotes: String = columns::footnotes(outcome)
        .iter()
        .map(|note| format!("<p class=\"soft\">{}</p>\n", escaped(note)))
        .collect();
    let heading = match Labels::of(outcome).has_variants() {
        true => "Variants",
        false => "Strategies",
    };
    format!(
        "<h2>{heading}</h2>\n{}{footnotes}{}<h2>Pictures</h2>\n<figure>\n{}</figure>\n\
         {READING}{}{}",
        tables::ranked(outcome),
        section_over_time(&OverTime::of(outcome)),
        figure(echo, outcome),
        tables::comparisons(outcome),
        tables::backends(outcome)
    )
}

const READING_TIME: &str = "<p class=\"soft\">All replications are on one clock, and a point is the mean over them. \
Answers and response times stand where the answer came, failed requests where they were sent: what fails much later \
shows at once. What was troubled on purpose is shaded. A system that stays bad behind the shade does not recover by \
itself.</p>\n";

const READING: &str = "<h2>How to read this</h2>\n\
<p>Every strategy faced the same requests: the same arrivals, the same demands. A response time runs from sending a \
request to its answer. The upper picture shows, for each time, what fraction of the requests took longer; the line \
furthest to the left is best, and where lines cross, one strategy is better for most requests and the other for the \
slow ones. p99 is the time that 99 % of the requests keep within. A line ends where fewer than ten requests remain. \
A line that another would hide shows through its gaps.</p>\n\
<p>The lower picture shows how many requests each backend got, relative to its share of the weights. Jain&#39;s index \
is 1 when all got their share and 1/n when one of n got everything; max/mean is the busiest backend over the mean, \
both averaged over the replications. Utilisation is the share of time that a backend&#39;s servers were busy; two \
numbers are the least and the most busy backend.</p>\n\
<p>± is half the width of a 95 % interval. Differences are paired: replication by replication on identical requests, \
so they can be significant where the intervals of the means overlap. Of twenty pairs that are equal, one looks \
different at this level.</p>\n";

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c1f24;--soft:#626a75;--paper:#fff;--rule:#e3e6ea;--note:#fff6dd}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#9aa3ae;--paper:#14171b;--rule:#2b3037;--note:#3a3118}}\
body{margin:0;background:var(--paper);color:var(--ink);\
font:16px/1.5 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}\
main{max-width:1120px;margin:0 auto;padding:24px 20px 64px}\
h1{font-size:1.5rem;line-height:1.25;margin:.5em 0 .2em}h2{font-size:1.1rem;margin:2em 0 .5em}\
p{max-width:44rem;margin:.4em 0}.story{font-size:1.1rem}.soft{color:var(--soft);font-size:.9rem}\
.note{background:var(--note);padding:.5em .8em;border-radius:6px;max-width:none}\
figure{margin:0;overflow-x:auto}figure svg{width:100%;height:auto;min-width:640px;display:block}\
.scroll{overflow-x:auto;max-height:36rem}\
table{border-collapse:collapse;font-size:.85rem}\
th,td{padding:.3em .6em;border-bottom:1px solid var(--rule);text-align:left;white-space:pre}\
th{font-weight:600;color:var(--soft)}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\
td.m{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:.8rem}\
tbody tr:hover{background:color-mix(in srgb,var(--ink) 6%,transparent)}\
.swatch{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.5em}\
details{margin:1.5em 0}summary{cursor:pointer;font-weight:600}\
pre{overflow-x:auto;font-size:.8rem;background:color-mix(in srgb,var(--ink) 5%,transparent);padding:1em;border-radius:6px}\
@media print{main{max-width:none}.scroll{max-height:none}}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Trigger;
    use crate::probe::Series;
    use crate::report::testing::{echo, empty, outcome, unknown, varied};
    use policy::time::Instant;

    /// The page is well-formed but for the void elements of its head.
    fn parsed(page: &str) -> roxmltree::Document<'_> {
        let (_, main) = page.split_at(page.find("<main>").unwrap());
        let main = &main[..main.find("</main>").unwrap() + "</main>".len()];
        roxmltree::Document::parse(main).unwrap_or_else(|error| panic!("{error}\n{page}"))
    }

    #[test]
    fn it_is_well_formed_and_needs_no_network() {
        for outcome in [outcome(), empty(), unknown(), varied()] {
            let page = html(&echo(), &outcome);
            let document = parsed(&page);
            assert!(
                document
                    .descendants()
                    .all(|node| !node.has_tag_name("script"))
            );
            let attributes = document.descendants().flat_map(|node| node.attributes());
            assert!(
                attributes
                    .map(|a| a.name())
                    .all(|name| name != "src" && name != "href")
            );
            assert!(!page.contains("NaN") && !page.contains(">inf"), "{page}");
        }
    }

    #[test]
    fn it_has_every_strategy_backend_and_comparison() {
        let outcome = outcome();
        let page = html(&echo(), &outcome);
        let rows = parsed(&page)
            .descendants()
            .filter(|node| node.has_tag_name("tr"))
            .count();
        let heads = 4;
        assert_eq!(
            rows,
            heads + outcome.results.len() + outcome.comparisons.len() + 3
        );
    }

    #[test]
    fn what_was_recorded_over_time_has_a_section() {
        let mut series = Series::new(None);
        series.arrived(Instant(5));
        series.finish(Instant(10));
        let mut outcome = outcome();
        outcome.results[0].series = Some(series);
        outcome.triggers = vec![Trigger {
            name: "<i>".to_string(),
            begins: Instant(0),
            ends: None,
        }];
        let page = html(&echo(), &outcome);
        let document = parsed(&page);
        let svgs = document
            .descendants()
            .filter(|node| node.has_tag_name("svg"));
        assert_eq!(svgs.count(), 2);
        assert!(page.contains("<h2>Over time</h2>\n<figure>"), "{page}");
        assert!(!html(&echo(), &unknown()).contains("Over time"));
    }

    #[test]
    fn it_tells_what_happened_by_variant() {
        let page = html(&echo(), &varied());
        for text in [
            "<p class=\"story\">“without a budget” answers 62.8 %",
            "<h2>Variants</h2>",
            "<th>variant</th>",
            "+37.2 points",
            "<p class=\"note\">without a budget: It stays bad",
        ] {
            assert!(page.contains(text), "{text}\n{page}");
        }
        assert!(!html(&echo(), &outcome()).contains("<p class=\"story\">"));
    }

    #[test]
    fn markup_stays_text() {
        let mut outcome = outcome();
        outcome.results[0].strategy = "<script>alert(1)</script>".to_string();
        outcome.notes = vec!["<b>&".to_string()];
        let echo = Echo {
            headline: "</title><script>".to_string(),
            scenario: serde_json::json!({ "trace": "</pre><script>" }),
            ..echo()
        };
        assert!(!html(&echo, &outcome).contains("<script"));
    }

    #[test]
    fn many_backends_do_not_make_a_huge_page() {
        let mut outcome = outcome();
        for result in &mut outcome.results {
            result.backends = (0..10_000).map(|at| result.backends[at % 3]).collect();
        }
        let page = html(&echo(), &outcome);
        assert!(
            page.len() < 400_000 && page.contains("of 10,000"),
            "{}",
            page.len()
        );
    }
}
