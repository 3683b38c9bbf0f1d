//! `--strategy list`.

use policy::strategy::{About, StrategyName};
use serde_json::json;

use super::output::Format;

/// Every strategy, as a table, an array of JSON objects, or CSV.
pub(crate) fn strategies(format: Format) -> String {
    let all = StrategyName::ALL.iter().map(|name| name.about());
    match format {
        Format::Table => table(all.map(row).collect()),
        Format::Json => {
            let all: Vec<_> = all.map(object).collect();
            format!("{}\n", serde_json::Value::Array(all))
        }
        Format::Csv => {
            let quoted = |cell: String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |about: &About| row(about).map(quoted).join(",") + "\n";
            std::iter::once(COLUMNS.join(",") + "\n")
                .chain(all.map(line))
                .collect()
        }
    }
}

const COLUMNS: [&str; 5] = ["name", "summary", "cost", "keyed", "weighted"];

fn row(about: &About) -> [String; 5] {
    let yes_or_no = |yes| if yes { "yes" } else { "no" };
    [
        about.name,
        about.summary,
        about.cost,
        yes_or_no(about.keyed),
        yes_or_no(about.weighted),
    ]
    .map(str::to_owned)
}

fn object(about: &About) -> serde_json::Value {
    json!({
        "name": about.name,
        "summary": about.summary,
        "cost": about.cost,
        "keyed": about.keyed,
        "weighted": about.weighted,
    })
}

/// Aligned columns; the longest, the summary, comes last.
fn table(rows: Vec<[String; 5]>) -> String {
    let order = |[name, summary, cost, keyed, weighted]: [String; 5]| {
        [name, keyed, weighted, cost, summary]
    };
    let header = order(COLUMNS.map(str::to_owned));
    let rows: Vec<[String; 5]> = std::iter::once(header)
        .chain(rows.into_iter().map(order))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2, 3].map(|column| width(column).unwrap_or_default());
    let line = |[name, keyed, weighted, cost, summary]: &[String; 5]| {
        let [a, b, c, d] = widths;
        format!("{name:a$}  {keyed:b$}  {weighted:c$}  {cost:d$}  {summary}\n")
    };
    rows.iter().map(line).collect()
}
