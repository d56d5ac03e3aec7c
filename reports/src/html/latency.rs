//! Latency in the overview: how long instances took, by provider and stage.

use std::collections::BTreeMap;

use trace::Millis;
use trace::latency::Stage;

use super::markup::Markup;
use crate::{Run, words};

/// Writes the section; nothing where nothing was measured.
pub(super) fn write(markup: &mut Markup, run: &Run) {
    let mut samples: BTreeMap<(&str, Stage), Vec<Millis>> = BTreeMap::new();
    for latency in run.trials.iter().flat_map(|trial| &trial.latencies) {
        samples.entry((&latency.provider, latency.stage)).or_default().push(latency.took);
    }
    if samples.is_empty() {
        return;
    }
    markup.raw("<section id=\"latency\" aria-labelledby=\"latency-title\">\n");
    markup.raw("<h2 id=\"latency-title\">Latency</h2>\n");
    markup
        .raw("<p class=\"hint\">On virtual time, of all instances of all variants: what differs ");
    markup.raw("between them is what the scenarios ask for, and no noise.</p>\n<table><thead><tr>");
    for column in ["provider", "stage", "instances", "min", "median", "p95", "max"] {
        markup.element("th scope=\"col\"", column);
    }
    markup.raw("</tr></thead><tbody>\n");
    for ((provider, stage), mut took) in samples {
        took.sort_unstable();
        markup.raw("<tr>").element("th scope=\"row\"", provider);
        markup.raw("<td>").raw(stage.as_str()).raw("</td><td class=\"number\">");
        markup.number(took.len()).raw("</td>");
        for percent in [0, 50, 95, 100] {
            markup.raw("<td class=\"number\">");
            markup.line(&words::duration(percentile(&took, percent))).raw("</td>");
        }
        markup.raw("</tr>\n");
    }
    markup.raw("</tbody></table>\n</section>\n");
}

/// The smallest measurement that is not below so many percent of all: one that was made.
fn percentile(sorted: &[Millis], percent: usize) -> Millis {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_were_measured() {
        let hundred: Vec<Millis> = (1..=100).collect();
        let of = |sorted: &[Millis]| [0, 50, 95, 100].map(|percent| percentile(sorted, percent));
        assert_eq!(of(&hundred), [1, 50, 95, 100]);
        assert_eq!(of(&[7]), [7, 7, 7, 7]);
        assert_eq!(of(&[1, 9]), [1, 1, 9, 9]);
        assert_eq!(of(&[]), [0, 0, 0, 0]);
    }
}
