//! The plan alone against the reference implementation: no row may differ.

use super::*;

#[test]
fn the_plan_reads_european_spellings_like_the_reference() {
    assert_no_difference("phone-parse-europe.tsv", 20_000);
}

#[test]
fn the_plan_reads_the_numbers_of_the_world_like_the_reference() {
    assert_no_difference("phone-parse-world.tsv", 21_984);
}

fn assert_no_difference(file: &str, rows: usize) {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for line in case_file(file)
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let cells: Vec<&str> = line.split('\t').collect();
        let [code, text, class, want, valid] = cells[..] else {
            panic!("odd row {line}");
        };
        seen += 1;
        let region = Region::from_code(code).unwrap();
        let parsed = plan::parse(text, region);
        let got = parsed
            .as_ref()
            .and_then(plan::Parsed::digits)
            .map_or_else(|| "-".to_owned(), |digits| format!("+{digits}"));
        let got_valid = parsed.is_some_and(|parsed| parsed.is_valid());
        if got != want || got_valid != (valid == "1") {
            wrong.push(format!(
                "{code} {text:?} ({class}): {got} {got_valid}, not {want} {valid}"
            ));
        }
    }
    assert_eq!(seen, rows);
    assert!(
        wrong.is_empty(),
        "{} rows: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
}
