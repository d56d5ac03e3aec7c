//! A page that never grows beyond a limit, and says what it left out.

use std::fmt::Write as _;

/// Bytes that are kept for the last words.
const LAST_WORDS_BYTES: usize = 1_000;

/// A page.
pub(super) struct Page {
    out: String,
    bytes_max: usize,
    /// What was left out, and how many parts of it, in the order in which it first was.
    left_out: Vec<(&'static str, usize)>,
}

impl Page {
    /// An empty page of at most so many bytes.
    pub fn new(bytes_max: usize) -> Page {
        Page { out: String::new(), bytes_max, left_out: Vec::new() }
    }

    /// What always stands there, cut off should even that be too long.
    pub fn always(&mut self, text: &str) {
        let mut end = text.len().min(self.bytes_max.saturating_sub(self.out.len()));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.out.push_str(&text[..end]);
    }

    /// A part that is left out where it does not fit.
    pub fn part(&mut self, what: &'static str, text: &str) {
        if self.out.len() + text.len() + LAST_WORDS_BYTES <= self.bytes_max {
            self.out.push_str(text);
        } else {
            match self.left_out.iter_mut().find(|(known, _)| *known == what) {
                Some((_, parts)) => *parts += 1,
                None => self.left_out.push((what, 1)),
            }
        }
    }

    /// The page.
    pub fn finish(mut self) -> String {
        if !self.left_out.is_empty() {
            let mut words = format!("Left out, for no more than {} bytes fit: ", self.bytes_max);
            for (nth, (what, parts)) in self.left_out.iter().enumerate() {
                let comma = if nth == 0 { "" } else { ", " };
                let times = if *parts > 1 { format!(" ({parts} parts)") } else { String::new() };
                let _ = write!(words, "{comma}{what}{times}");
            }
            words.push_str(". The other reports have it.\n");
            self.always(&words);
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_named_and_counted() {
        let mut page = Page::new(2_000);
        page.always("heading\n");
        page.part("the large", &"x".repeat(2_000));
        page.part("the small", "small\n");
        page.part("the large", &"x".repeat(1_000));
        let text = page.finish();
        assert_eq!(
            text,
            "heading\nsmall\nLeft out, for no more than 2000 bytes fit: the large (2 parts). The \
             other reports have it.\n"
        );
    }

    #[test]
    fn no_limit_is_too_small_and_no_character_is_cut() {
        for bytes_max in 0..12 {
            let mut page = Page::new(bytes_max);
            page.always("äöü€");
            page.part("all", "x");
            assert!(page.finish().len() <= bytes_max);
        }
    }
}
