//! The page around the generated parts.

use super::sections::Sections;

/// What a page cannot be longer than.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// Closes every generated part.
const END: &str = "<!-- osac-e2e: end -->";

/// Why a page cannot be made again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// A mark is missing.
    #[error("the page has no `{mark}`")]
    Missing {
        /// The mark.
        mark: &'static str,
    },
    /// A mark stands twice.
    #[error("the page has `{mark}` twice")]
    Twice {
        /// The mark.
        mark: &'static str,
    },
    /// A part is not closed.
    #[error("the part that begins with `{mark}` does not end with `<!-- osac-e2e: end -->`")]
    Open {
        /// The mark.
        mark: &'static str,
    },
    /// It is far longer than a page that we make.
    #[error("the page has {bytes} bytes, at most 1048576 are read")]
    TooLong {
        /// Its size.
        bytes: usize,
    },
}

impl PageError {
    /// What the user can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        "put the mark back, or move the page away: then it is made anew"
    }
}

/// The file of a day's page: `2026-02-08.md`.
#[must_use]
pub fn file_name(date: &str) -> String {
    format!("{date}.md")
}

/// The page of a day: a new one, or the one that there is with its generated parts replaced.
/// What stands outside of them is kept, byte for byte.
///
/// # Errors
/// [`PageError`], where a person took a mark out of the page that there is.
pub fn merge(existing: Option<&str>, date: &str, sections: &Sections) -> Result<String, PageError> {
    let parts = [
        ("<!-- osac-e2e: accomplishments -->", &sections.accomplishments),
        ("<!-- osac-e2e: risks -->", &sections.risks),
        ("<!-- osac-e2e: effort -->", &sections.effort),
    ];
    let mut page = match existing {
        None => blank(date),
        Some(page) if page.len() > PAGE_BYTES_MAX => {
            return Err(PageError::TooLong { bytes: page.len() });
        }
        Some(page) => page.to_owned(),
    };
    for (mark, text) in parts {
        page = replaced(&page, mark, text)?;
    }
    Ok(page)
}

fn replaced(page: &str, mark: &'static str, text: &str) -> Result<String, PageError> {
    let (before, rest) = page.split_once(mark).ok_or(PageError::Missing { mark })?;
    if rest.contains(mark) {
        return Err(PageError::Twice { mark });
    }
    let (old, after) = rest.split_once(END).ok_or(PageError::Open { mark })?;
    // the end of another part is not the end of this one
    if old.contains("<!-- osac-e2e:") {
        return Err(PageError::Open { mark });
    }
    Ok(format!("{before}{mark}\n{}\n{END}{after}", text.trim_end()))
}

fn blank(date: &str) -> String {
    let title = format!("OSAC E2E status {date}");
    format!(
        "---\nlayout: default\ntitle: \"{title}\"\ndate: {date}\n---\n\n# {title}\n\n\
         <!-- Write wherever you like but between the marks: that is kept when the page is made \
         again. -->\n\n\
         ## Accomplishments\n\n<!-- osac-e2e: accomplishments -->\n{END}\n\n\
         ## Risks & Challenges\n\n<!-- osac-e2e: risks -->\n{END}\n\n\
         ## Key Effort\n\n<!-- osac-e2e: effort -->\n{END}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections(word: &str) -> Sections {
        let part = |name: &str| format!("- {name} {word}\n");
        Sections {
            accomplishments: part("accomplishments"),
            risks: part("risks"),
            effort: part("effort"),
        }
    }

    #[test]
    fn a_new_page_has_front_matter_and_the_three_sections() {
        let page = merge(None, "2026-02-08", &sections("one")).unwrap();
        assert!(page.starts_with(
            "---\nlayout: default\ntitle: \"OSAC E2E status 2026-02-08\"\ndate: 2026-02-08\n---\n"
        ));
        let headings: Vec<_> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, ["## Accomplishments", "## Risks & Challenges", "## Key Effort"]);
    }

    #[test]
    fn made_again_it_is_the_same() {
        let page = merge(None, "2026-02-08", &sections("one")).unwrap();
        assert_eq!(merge(Some(&page), "2026-02-08", &sections("one")).unwrap(), page);
    }

    #[test]
    fn what_a_person_wrote_is_kept_byte_for_byte() {
        let page = merge(None, "2026-02-08", &sections("one")).unwrap();
        let own = page
            .replace("layout: default", "layout: ours")
            .replace("## Risks & Challenges\n", "## Risks & Challenges\n\nThe lab moves. \r\n")
            + "\n## Notes\nLunch was late.";
        let again = merge(Some(&own), "2026-02-08", &sections("two")).unwrap();
        assert_eq!(again, own.replace(" one", " two"));
        assert_ne!(again, own);
    }

    #[test]
    fn a_page_without_its_marks_is_left_alone() {
        let page = merge(None, "2026-02-08", &sections("one")).unwrap();
        let risks = "<!-- osac-e2e: risks -->";
        let told = |page: &str| merge(Some(page), "2026-02-08", &sections("two")).unwrap_err();
        assert_eq!(told(&page.replace(risks, "")), PageError::Missing { mark: risks });
        assert_eq!(told(&format!("{page}{risks}")), PageError::Twice { mark: risks });
        let open = page.replacen(&format!("risks one\n{END}"), "risks one\n", 1);
        assert_eq!(told(&open), PageError::Open { mark: risks });
        let long = "x".repeat(PAGE_BYTES_MAX + 1);
        assert_eq!(told(&long), PageError::TooLong { bytes: PAGE_BYTES_MAX + 1 });
    }
}
