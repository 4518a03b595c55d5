//! Netstrings: `LENGTH:BYTES,`.

/// No event of baresip comes near this.
const LONGEST: usize = 64 * 1024;
/// Digits of [`LONGEST`].
const MOST_DIGITS: usize = 5;

/// What came is not a netstring, or one too long; the place of the next is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    /// No length where one should stand.
    #[error("read frame: there is no length")]
    NoLength,
    /// A frame longer than 64 KiB.
    #[error("read frame: it is too long")]
    TooLong,
    /// No comma where the frame should end.
    #[error("read frame: it does not end where it said")]
    NoEnd,
}

/// Puts the bytes in a frame.
pub(super) fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut frame = bytes.len().to_string().into_bytes();
    frame.push(b':');
    frame.extend_from_slice(bytes);
    frame.push(b',');
    frame
}

/// Takes bytes in pieces of any size and gives frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    bytes: Vec<u8>,
}

impl Frames {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame, or None when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`]; nothing that follows can be understood then.
    pub(super) fn take(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let Some(digits) = self.length_digits()? else {
            return Ok(None);
        };
        let length = self.length(digits)?;
        let start = digits + 1;
        let Some(&end) = self.bytes.get(start + length) else {
            return Ok(None);
        };
        if end != b',' {
            return Err(FrameError::NoEnd);
        }
        let rest = self.bytes.split_off(start + length + 1);
        let mut frame = std::mem::replace(&mut self.bytes, rest);
        frame.pop();
        frame.drain(..start);
        Ok(Some(frame))
    }

    /// How many digits stand before the colon; None while the colon has not come.
    fn length_digits(&self) -> Result<Option<usize>, FrameError> {
        let digits = self.bytes.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > MOST_DIGITS {
            return Err(FrameError::TooLong);
        }
        match self.bytes.get(digits) {
            None => Ok(None),
            Some(b':') if digits > 0 => Ok(Some(digits)),
            Some(_) => Err(FrameError::NoLength),
        }
    }

    fn length(&self, digits: usize) -> Result<usize, FrameError> {
        let text = self.bytes.get(..digits).unwrap_or_default();
        let length = text
            .iter()
            .fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
        if length > LONGEST {
            return Err(FrameError::TooLong);
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, FrameError> {
        let mut frames = Frames::default();
        let mut taken = Vec::new();
        for piece in pieces {
            frames.push(piece);
            while let Some(frame) = frames.take()? {
                taken.push(frame);
            }
        }
        Ok(taken)
    }

    #[test]
    fn frames_come_whole_however_they_are_cut() {
        let expected = vec![b"{}".to_vec(), Vec::new(), b"a,b:1".to_vec()];
        let bytes = b"2:{},0:,5:a,b:1,";
        assert_eq!(read(&[bytes]), Ok(expected.clone()));
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read(&single), Ok(expected));
    }

    #[test]
    fn what_is_no_netstring_is_refused() {
        assert_eq!(read(&[b"HTTP/1.1 400"]), Err(FrameError::NoLength));
        assert_eq!(read(&[b":x,"]), Err(FrameError::NoLength));
        assert_eq!(read(&[b"-1:x,"]), Err(FrameError::NoLength));
        assert_eq!(read(&[b"2:{}!"]), Err(FrameError::NoEnd));
    }

    #[test]
    fn a_frame_of_64_kib_passes_and_a_longer_one_does_not() {
        let longest = vec![b'x'; LONGEST];
        assert_eq!(read(&[&frame(&longest)]), Ok(vec![longest]));
        assert_eq!(read(&[b"65537:"]), Err(FrameError::TooLong));
        assert_eq!(
            read(&[b"999999999999999999999999"]),
            Err(FrameError::TooLong)
        );
    }

    proptest! {
        #[test]
        fn any_frames_survive_any_cuts(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8),
            piece in 1usize..64,
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(|bytes| frame(bytes)).collect();
            let pieces: Vec<&[u8]> = bytes.chunks(piece).collect();
            prop_assert_eq!(read(&pieces), Ok(frames));
        }

        #[test]
        fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&[&bytes]);
        }

        #[test]
        fn garbage_that_looks_like_frames_never_panics(text in "[0-9:,{}]{0,80}") {
            let _ = read(&[text.as_bytes()]);
        }
    }
}
