//! How the file of a recording is called: by the call's time and its id at the service, so that it
//! names nobody and is found again.

use jiff::Timestamp;

/// How an instant is written in a name.
const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// The name without its ending. Ids hold nothing but letters, digits, dashes, dots and underscores.
pub fn recording_stem(started_at: Timestamp, id: &str) -> String {
    format!("{}-{id}", started_at.strftime(STAMP))
}

/// Whether a file with this name is the recording of the call with this id, or a part of it.
pub fn is_recording_of(file_name: &str, id: &str) -> bool {
    let stem = file_name.rsplit_once('.').map(|(stem, _)| stem);
    let stamp = stem
        .and_then(|stem| stem.strip_suffix(id))
        .and_then(|stem| stem.strip_suffix('-'));
    let is_stamp = |stamp: &str| jiff::civil::DateTime::strptime(STAMP, stamp).is_ok();
    !id.is_empty() && stamp.is_some_and(is_stamp)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_is_known_by_its_calls_id_alone() {
        let at: Timestamp = "2026-03-02T08:41:07Z".parse().unwrap();
        let stem = recording_stem(at, "cll-1.a");
        assert_eq!(stem, "20260302T084107Z-cll-1.a");
        for (name, id, is) in [
            (format!("{stem}.mp3"), "cll-1.a", true),
            (format!("{stem}.part"), "cll-1.a", true),
            (format!("{stem}.mp3"), "1.a", false),
            (format!("{stem}.mp3"), "cll-1", false),
            (stem.clone(), "cll-1.a", false),
            ("holiday-5.mp3".to_owned(), "5", false),
            ("-5.mp3".to_owned(), "5", false),
            ("20260302T084107Z-.mp3".to_owned(), "", false),
        ] {
            assert_eq!(is_recording_of(&name, id), is, "{name} {id}");
        }
    }
}
