//! The daily status page: what the runs of one day say, as a page of a Jekyll site
//! (`YYYY-MM-DD.md`), in the sections that a team reads every day.
//!
//! Only what stands between the generated marks of a section is ever replaced: words that a person
//! wrote around them are kept, however often the page is made again. Equal histories give equal
//! pages, byte for byte.
//!
//! * `day` what is known of a day · `sections` says it in Markdown · `page` puts that into the page

mod day;
mod page;
mod sections;

pub use day::{BadVariant, Day, TargetDay};
pub use page::{PageError, file_name, merge};
pub use sections::{Links, Sections};
