//! AAP's endpoints by status.

use trace::{Reply, Request};

use super::{Meter, Sightings};

/// Counts an answer, or that there was none.
pub(super) fn answer(request: &Request, reply: &Reply, sightings: &mut Sightings) {
    let path = request.path.split('?').next().unwrap_or_default();
    let path = path.split_once("/v2/").map_or(path, |(_, tail)| tail);
    let mut row = String::with_capacity(path.len() + 16);
    row.push_str(&request.method);
    row.push(' ');
    let mut before = "";
    for (nth, part) in path.split('/').enumerate() {
        if nth > 0 {
            row.push('/');
        }
        // what stands behind a collection names one of its things
        let names_one = nth > 0 && !part.is_empty() && before.ends_with('s');
        row.push_str(if names_one { "{id}" } else { part });
        before = part;
    }
    row.push_str(" → ");
    match (reply.status, &reply.error) {
        (Some(status), _) => row.push_str(&status.to_string()),
        (None, Some(error)) => row.push_str(error),
        (None, None) => row.push_str("no answer"),
    }
    sightings.see(Meter::Endpoints, &row);
}
