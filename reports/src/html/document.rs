//! The file as a whole.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::markup::Markup;
use super::pack::Packer;
use super::page::Data;
use super::{Page, assets, changes, coverage, failures, latency, overview, variants};
use crate::{Run, Standing, Trial};

/// Bytes of all pages in one document: with all else it stays below 25 MB.
pub(super) const PAGES_BYTES_MAX: usize = 18_000_000;
/// Bytes of a scenario's text.
const SOURCE_BYTES_MAX: usize = 256 * 1024;
/// Bytes of the texts of all scenarios, compressed.
const SOURCES_BYTES_MAX: usize = 1_500_000;

/// The pages that fit, by the trial's place: first those of trials that failed or broke, then the
/// others, each in the order of the run. Where they would be too many, short ones are compressed
/// too.
fn fitting(run: &Run) -> BTreeMap<usize, Cow<'_, Page>> {
    let bytes = run.trials.iter().filter_map(|trial| trial.page.as_ref()).map(Page::bytes);
    let is_tight = bytes.fold(0_usize, usize::saturating_add) > PAGES_BYTES_MAX;
    let mut packer = Packer::new();
    let mut room = PAGES_BYTES_MAX;
    let mut fitting = BTreeMap::new();
    for bad in [true, false] {
        for (at, trial) in run.trials.iter().enumerate().filter(|(_, one)| is_bad(one) == bad) {
            let Some(page) = trial.page.as_ref().filter(|_| room > 0) else { continue };
            let page =
                if is_tight { Cow::Owned(page.packed(&mut packer)) } else { Cow::Borrowed(page) };
            if page.bytes() <= room {
                room -= page.bytes();
                fitting.insert(at, page);
            }
        }
    }
    fitting
}

pub(super) fn is_bad(trial: &Trial) -> bool {
    matches!(trial.standing(), Standing::Failed | Standing::Broken)
}

/// The document.
#[must_use]
pub fn render(run: &Run) -> String {
    let pages = fitting(run);
    let mut markup = Markup::default();
    head(&mut markup, run);
    overview::write(&mut markup, run);
    failures::write(&mut markup, run);
    changes::write(&mut markup, run);
    coverage::write(&mut markup, run);
    latency::write(&mut markup, run);
    variants::write(&mut markup, run, &pages);
    markup.raw("</main>\n<main id=\"variant\" hidden=\"hidden\"></main>\n");
    for (at, page) in &pages {
        data(&mut markup, "page", *at, &page.data);
    }
    sources(&mut markup, run);
    markup.raw("<script>").raw(assets::SCRIPT).raw("</script>\n</body>\n</html>\n");
    markup.finish()
}

/// Data in an element; neither form holds anything that could end it.
fn data(markup: &mut Markup, kind: &str, nth: usize, data: &Data) {
    let (form, text) = match data {
        Data::Plain(text) => ("application/json", text),
        Data::Packed(text) => ("text/plain", text),
    };
    markup.raw("<script").attribute("type", form);
    markup.attribute("id", &format!("{kind}-{nth}")).raw(">").raw(text).raw("</script>\n");
}

fn head(markup: &mut Markup, run: &Run) {
    markup.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
    markup.raw("<meta http-equiv=\"Content-Security-Policy\"");
    // our own words: escaping would hide the quotes from other readers of the policy
    markup.raw(" content=\"").raw(&assets::policy()).raw("\"/>\n");
    markup.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    markup.raw("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
    markup.raw("<link rel=\"icon\" href=\"data:,\"/>\n");
    markup.element("title", &format!("{} · osac-e2e", overview::verdict(run)));
    markup.raw("\n<style>").raw(assets::STYLE).raw("</style>\n</head>\n<body>\n");
}

/// The text of each scenario that has one, in the order of the run. One that is too long is left
/// out: a timeline without it is whole but for the way back to the text.
fn sources(markup: &mut Markup, run: &Run) {
    let mut room = SOURCES_BYTES_MAX;
    for (nth, scenario) in run.scenarios().iter().enumerate() {
        let text = run.sources.get(scenario.name());
        let Some(text) = text.filter(|text| text.len() <= SOURCE_BYTES_MAX) else { continue };
        let packed = Packer::new().pack(text.as_bytes());
        if packed.len() <= room {
            room -= packed.len();
            data(markup, "source", nth, &Data::Packed(packed));
        }
    }
}
