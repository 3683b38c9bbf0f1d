//! `--strategy list` and `--sizing list`.

use policy::sizing::{self, SizerName};
use policy::strategy::{About, StrategyName};
use serde_json::{Value, json};
use workload::quantity::Human;

use super::output::Format;

/// Every strategy, as a table, an array of JSON objects, or CSV.
pub(crate) fn strategies(format: Format) -> String {
    let columns = ["name", "summary", "cost", "keyed", "weighted"];
    let yes_or_no = |yes| if yes { "yes" } else { "no" }.to_owned();
    let all = StrategyName::ALL.iter().map(|name| name.about());
    let rows = all.map(|about| Row {
        cells: [
            about.name.to_owned(),
            about.summary.to_owned(),
            about.cost.to_owned(),
            yes_or_no(about.keyed),
            yes_or_no(about.weighted),
        ],
        object: strategy(about),
    });
    // The longest, the summary, comes last.
    list(format, columns, [0, 3, 4, 2, 1], &rows.collect::<Vec<_>>())
}

fn strategy(about: &About) -> Value {
    json!({
        "name": about.name,
        "summary": about.summary,
        "cost": about.cost,
        "keyed": about.keyed,
        "weighted": about.weighted,
    })
}

/// Every sizer of pools, in the same ways.
pub(crate) fn sizers(format: Format) -> String {
    let all = SizerName::ALL.iter().map(|name| name.about());
    let rows = all.map(|about: &sizing::About| Row {
        cells: [
            about.name.to_owned(),
            about.summary.to_owned(),
            Human(about.interval).to_string(),
        ],
        object: json!({
            "name": about.name,
            "summary": about.summary,
            "interval_seconds": about.interval.as_seconds(),
        }),
    });
    let columns = ["name", "summary", "interval"];
    list(format, columns, [0, 2, 1], &rows.collect::<Vec<_>>())
}

/// One of what is listed.
struct Row<const N: usize> {
    cells: [String; N],
    object: Value,
}

/// `order` is that of a table's columns.
fn list<const N: usize>(
    format: Format,
    columns: [&str; N],
    order: [usize; N],
    rows: &[Row<N>],
) -> String {
    match format {
        Format::Table => {
            let header = columns.map(str::to_owned);
            let cells = rows.iter().map(|row| &row.cells);
            let rows: Vec<[&str; N]> = std::iter::once(&header)
                .chain(cells)
                .map(|cells| order.map(|column| cells[column].as_str()))
                .collect();
            table(&rows)
        }
        Format::Json => {
            let all = rows.iter().map(|row| row.object.clone());
            format!("{}\n", Value::Array(all.collect()))
        }
        Format::Csv => {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |row: &Row<N>| row.cells.each_ref().map(quoted).join(",") + "\n";
            std::iter::once(columns.join(",") + "\n")
                .chain(rows.iter().map(line))
                .collect()
        }
    }
}

/// Aligned columns, but for the last.
fn table<const N: usize>(rows: &[[&str; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let line = |row: &[&str; N]| {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            if column + 1 < N {
                let width = width(column).unwrap_or_default();
                line.push_str(&format!("{cell:width$}  "));
            } else {
                line.push_str(cell);
            }
        }
        line + "\n"
    };
    rows.iter().map(line).collect()
}
