//! Tables of text.

use std::fmt::Write;

use crate::child::Failure;
use crate::findings::{Findings, Mutated, Proof, Shown, Sighting, Solved};

/// All of it: the proofs, the mutants, and of each failure what shows it.
pub fn table(findings: &Findings) -> String {
    let mut text = String::new();
    section(&mut text, "Proofs", &proofs(&findings.properties));
    section(&mut text, "Mutants", &mutants(&findings.mutants));
    section(
        &mut text,
        "Museum: the execution that shows the bug",
        &museum(&findings.museum),
    );
    section(
        &mut text,
        "Exact: mean response in mean services at speed 1",
        &exact(&findings.exact),
    );
    for (strategy, why) in &findings.not_solved {
        let _ = writeln!(text, "not solved: {strategy}: {why}");
    }
    text += &summary(findings);
    for (shown, sighting) in surprises(&findings.museum) {
        let what = match sighting.execution {
            Some(_) => "finds, and should not be able to find,",
            None => "no longer finds",
        };
        let _ = writeln!(text, "\n{} {what} {}.", sighting.checker, shown.name);
    }
    for proof in &findings.properties {
        if let Some(failure) = &proof.failure {
            let what = format!("{} does not hold ({})", proof.name, proof.checker);
            text += &told(&what, failure);
        }
    }
    for mutant in findings.mutants.iter().filter(|mutant| !mutant.explained) {
        let reason = mutant.reason.unwrap_or_default();
        let _ = writeln!(
            text,
            "\nA mutant lives: {} at {} with {}: {reason}.",
            mutant.operation, mutant.site, mutant.mutation
        );
    }
    for site in &findings.unreached {
        let _ = writeln!(text, "\nNo model comes by {site}.");
    }
    for stale in &findings.stale {
        let _ = writeln!(
            text,
            "\nThe list of equivalent mutants has an entry that none needs: {stale}."
        );
    }
    text
}

/// A failure with the steps that led to it.
pub fn told(what: &str, failure: &Failure) -> String {
    let mut text = format!("\n{what}: {}\n", failure.message);
    for step in &failure.steps {
        let _ = writeln!(text, "    {step}");
    }
    if failure.execution > 0 {
        let _ = writeln!(text, "  in execution {}", failure.execution);
    }
    let _ = writeln!(
        text,
        "  to see it again: model --replay '{}'",
        failure.replay
    );
    text
}

fn proofs(proofs: &[Proof]) -> Vec<Vec<String>> {
    let header = [
        "property",
        "checker",
        "executions",
        "bound",
        "exhaustive",
        "seconds",
        "holds",
    ];
    let row = |proof: &Proof| {
        vec![
            proof.name.clone(),
            proof.checker.to_owned(),
            proof.executions.to_string(),
            proof.bound.clone(),
            yes_no(proof.exhaustive),
            format!("{:.2}", proof.seconds),
            yes_no(proof.holds),
        ]
    };
    rows(&header, proofs.iter().map(row))
}

fn mutants(mutants: &[Mutated]) -> Vec<Vec<String>> {
    let header = [
        "operation",
        "mutation",
        "site",
        "killed by, or why it cannot be",
    ];
    let row = |mutant: &Mutated| {
        let reason = mutant.reason.unwrap_or_default();
        let fate = match &mutant.killed_by {
            Some(property) => property.clone(),
            None if mutant.explained => format!("equivalent: {reason}"),
            None => format!("LIVES: {reason}"),
        };
        vec![
            mutant.operation.clone(),
            mutant.mutation.clone(),
            mutant.site.clone(),
            fate,
        ]
    };
    rows(&header, mutants.iter().map(row))
}

fn museum(shown: &[Shown]) -> Vec<Vec<String>> {
    let checkers = shown.first().into_iter().flat_map(|shown| &shown.found);
    let checkers: Vec<_> = checkers.map(|sighting| sighting.checker).collect();
    let header = [
        &["bug"],
        checkers.as_slice(),
        &["found in", "ours, which holds"],
    ]
    .concat();
    let row = |shown: &Shown| {
        let seen = |checker: &&str| {
            let sighting = shown
                .found
                .iter()
                .find(|sighting| sighting.checker == *checker);
            match sighting.map(|sighting| sighting.execution) {
                None => "not run".to_owned(),
                Some(None) => "-".to_owned(),
                // Threads are not counted: it ended in one of them.
                Some(Some(0)) => "found".to_owned(),
                Some(Some(execution)) => execution.to_string(),
            }
        };
        let mut row = vec![shown.name.split("::").next().unwrap_or_default().to_owned()];
        row.extend(checkers.iter().map(seen));
        row.extend([shown.found_in.to_owned(), shown.guarded_by.clone()]);
        row
    };
    rows(&header, shown.iter().map(row))
}

/// What was found by who cannot, and what was not by who must.
fn surprises(museum: &[Shown]) -> impl Iterator<Item = (&Shown, &Sighting)> {
    museum
        .iter()
        .flat_map(|shown| shown.found.iter().map(move |sighting| (shown, sighting)))
        .filter(|(_, sighting)| !sighting.as_expected)
}

fn exact(solved: &[Solved]) -> Vec<Vec<String>> {
    let header = [
        "strategy",
        "servers",
        "speeds",
        "load",
        "mean response",
        "states",
        "cut off",
    ];
    let row = |solved: &Solved| {
        let speeds: Vec<String> = solved.speeds.iter().map(u32::to_string).collect();
        vec![
            solved.strategy.to_owned(),
            solved.servers.to_string(),
            speeds.join(":"),
            solved.load.to_string(),
            format!("{:.6}", solved.mean_response),
            solved.states.to_string(),
            format!("{:.1e}", solved.truncated),
        ]
    };
    rows(&header, solved.iter().map(row))
}

fn summary(findings: &Findings) -> String {
    let of = |good: usize, all: usize| format!("{good} of {all}");
    let proofs = &findings.properties;
    let held = proofs.iter().filter(|proof| proof.holds).count();
    let mut parts = Vec::new();
    if !proofs.is_empty() {
        parts.push(format!("{} proofs hold", of(held, proofs.len())));
    }
    if !findings.mutants.is_empty() {
        let mutants = &findings.mutants;
        let killed = mutants
            .iter()
            .filter(|mutant| mutant.killed_by.is_some())
            .count();
        let explained = mutants.iter().filter(|mutant| mutant.explained).count();
        let killed = of(killed, mutants.len());
        parts.push(format!(
            "{killed} mutants killed, {} equivalent",
            explained
                - mutants
                    .iter()
                    .filter(|mutant| mutant.killed_by.is_some())
                    .count()
        ));
    }
    if !findings.museum.is_empty() {
        parts.push(format!("{} exhibits", findings.museum.len()));
    }
    if !findings.exact.is_empty() {
        parts.push(format!("{} small fleets solved", findings.exact.len()));
    }
    if findings.interrupted {
        parts.push("interrupted".into());
    }
    format!("\n{}.\n", parts.join("; "))
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

fn rows(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let header = header.iter().map(|&title| title.to_owned()).collect();
    std::iter::once(header).chain(rows).collect()
}

/// Columns as wide as their widest entry; numbers to the right.
fn section(text: &mut String, title: &str, rows: &[Vec<String>]) {
    if rows.len() < 2 {
        return;
    }
    let columns = rows[0].len();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let _ = writeln!(text, "{}{title}\n", if text.is_empty() { "" } else { "\n" });
    for row in rows {
        let mut line = String::new();
        for (column, (entry, &width)) in row.iter().zip(&widths).enumerate() {
            let is_number = rows[1][column].parse::<f64>().is_ok();
            let _ = match (is_number, column + 1 == columns) {
                (true, _) => write!(line, "{entry:>width$}  "),
                (false, true) => write!(line, "{entry}"),
                (false, false) => write!(line, "{entry:<width$}  "),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
