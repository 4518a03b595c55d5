//! Reading numbers: the plan library alone against its reference, and both readings of the app.

use std::path::Path;
use std::time::Instant;

use callside_core::phone_number::{Region, plan_reading, read_remote, read_stored};

use crate::report::{Report, Samples};
use crate::{Done, Failed, people};

/// Each list is read this often; the best pass counts, since others share the machine.
const PASSES: usize = 7;

struct Case {
    region: Region,
    text: String,
    digits: Option<u64>,
    valid: bool,
}

fn cases(file: &Path) -> Result<Vec<Case>, Failed> {
    let mut cases = Vec::new();
    let text = std::fs::read_to_string(file)?;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        let (region, text, _, digits, valid) = (cell(), cell(), cell(), cell(), cell());
        cases.push(Case {
            region: Region::parse(region).ok_or("a region without a plan")?,
            text: text.to_owned(),
            digits: digits
                .strip_prefix('+')
                .and_then(|digits| digits.parse().ok()),
            valid: valid == "1",
        });
    }
    Ok(cases)
}

/// Nanoseconds per text in the best of some passes, and in the median one.
fn per_text(texts: &[(Region, String)], read: impl Fn(&str, Region)) -> (f64, f64) {
    let mut passes = Samples::default();
    for _ in 0..PASSES {
        let began = Instant::now();
        for (region, text) in texts {
            read(std::hint::black_box(text), *region);
        }
        let count = u32::try_from(texts.len().max(1)).unwrap_or(1);
        // In picoseconds: a sample is whole nanoseconds.
        passes.take(began.elapsed() * 1_000 / count);
    }
    (passes.at(0.0), passes.p50())
}

/// Measures the part.
pub(crate) fn measure(report: &mut Report, root: &Path) -> Done {
    for name in ["phone-parse-europe.tsv", "phone-parse-world.tsv"] {
        let cases = cases(&root.join("tests/cases").join(name))?;
        let wrong = cases
            .iter()
            .filter(|case| {
                let read = plan_reading(&case.text, case.region);
                read.and_then(|(digits, _)| digits) != case.digits
                    || read.is_some_and(|(_, valid)| valid) != case.valid
            })
            .count();
        if wrong > 0 {
            return Err(format!("{name}: {wrong} differences").into());
        }
        let texts: Vec<_> = cases
            .into_iter()
            .map(|case| (case.region, case.text))
            .collect();
        let what = format!(
            "{name}, {} texts, 0 differences: number plan alone",
            texts.len()
        );
        row(report, &what, &texts, |text, region| {
            std::hint::black_box(plan_reading(text, region));
        })?;
        readings(report, name, &texts)?;
    }
    let texts: Vec<(Region, String)> = people::contacts(20_000)
        .flat_map(|contact| {
            let region = contact.country.unwrap_or(Region::FR);
            contact
                .phones
                .into_iter()
                .map(move |phone| (region, phone.text))
        })
        .collect();
    readings(
        report,
        &format!("{} phone fields of the invented company", texts.len()),
        &texts,
    )
}

fn readings(report: &mut Report, name: &str, texts: &[(Region, String)]) -> Done {
    row(
        report,
        &format!("{name}: as a CRM's field"),
        texts,
        |text, region| {
            std::hint::black_box(read_stored(text, region));
        },
    )?;
    row(
        report,
        &format!("{name}: as a caller"),
        texts,
        |text, region| {
            std::hint::black_box(read_remote(text, region));
        },
    )
}

fn row(
    report: &mut Report,
    what: &str,
    texts: &[(Region, String)],
    read: impl Fn(&str, Region),
) -> Done {
    let (best, median) = per_text(texts, read);
    let measured = format!("{best:.0} ns each (median pass {median:.0})");
    report.against("normalise", what, measured, "1,000 ns", (best, 1_000.0))
}
